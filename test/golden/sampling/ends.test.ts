import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEngine } from '../../../src/engine/process/client.ts';
import type { Engine } from '../../../src/engine/process/engine.ts';
import { InputError, RunError } from '../../../src/errors.ts';
import { folderOf, goldens, sampled, sft, tokensOf } from './greedy.ts';

/* Where an answer ends, and which prompts and models cannot be sampled from. */

const GB = 2 ** 30;

describe('sampling', () => {
  let engine: Engine;
  before(async () => {
    engine = await startEngine({ device: 'cpu', memoryBytes: 2 * GB });
  });
  after(() => engine.dispose());

  it('stops at any stop token, at the length asked for, and where the model ends', async () => {
    const greedy = goldens['sample/sft-over']!.answers[0]!;
    const at = 7;
    const stopTokens = [767, greedy.tokens[at]!];
    const first = greedy.tokens.indexOf(greedy.tokens[at]!);
    const { prompts: stopped } = await sampled(engine, sft, [greedy.prompt], { maxTokens: 50, stopTokens });
    assert.deepEqual(tokensOf(stopped[0]!), [greedy.tokens.slice(0, first + 1)]);
    assert.equal(stopped[0]!.answers[0]!.finish, 'stop');
    const { prompts: cut } = await sampled(engine, sft, [greedy.prompt], { maxTokens: 3 });
    assert.deepEqual(tokensOf(cut[0]!), [greedy.tokens.slice(0, 3)]);
    assert.equal(cut[0]!.answers[0]!.finish, 'length');
    // The sample is made for 256 positions.
    const long = Array.from({ length: 250 }, (_, i) => 20 + (i % 300));
    const { prompts: full } = await sampled(engine, sft, [long], { maxTokens: 100, stopTokens: [] });
    assert.equal(full[0]!.answers[0]!.tokens.length, 6);
    assert.equal(full[0]!.answers[0]!.finish, 'length');
    for (const [prompt, message] of [
      [Array(256).fill(5), /Prompt 1 has 256 tokens; the model ".*sft-over" is computed for up to 256/],
      [[768], /Prompt 1: token 768 is beyond the vocabulary of 768/],
    ] as const) {
      await assert.rejects(
        sampled(engine, sft, [prompt], {}),
        (error: Error) => error instanceof InputError && message.test(error.message),
      );
    }
  });
});

describe('sampling from weights that are no numbers', () => {
  it('ends at once, with a sentence', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nan-'));
    const engine = await startEngine({ device: 'cpu', memoryBytes: GB });
    try {
      cpSync(folderOf('checkpoints/tiny-llama-untied-f32'), folder, { recursive: true });
      const weights = join(folder, 'model.safetensors');
      const bytes = readFileSync(weights);
      bytes.set([0, 0, 0xc0, 0x7f], bytes.length - 4);
      writeFileSync(weights, bytes);
      await assert.rejects(
        sampled(engine, folder, [[1, 2, 3]], { temperature: 1, maxTokens: 10_000 }),
        (error: Error) => error instanceof RunError && /not numbers on prompt 1/.test(error.message),
      );
    } finally {
      await engine.dispose();
      rmSync(folder, { recursive: true });
    }
  });
});
