import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isWrite, type Projection } from '../../../src/checkpoint/architecture/architecture.ts';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { extremes, logitLens } from '../../../src/comparison/neurons/logitLens.ts';
import { neuronChange, neuronVector, writtenVector } from '../../../src/comparison/neurons/neuronVector.ts';
import { Interrupted } from '../../../src/errors.ts';
import { ChangedInput } from '../../../src/files/reading/fileIdentity.ts';
import { checkpointFixtures, fixtures, sampleFolder } from '../../paths.ts';

/* What single neurons write and how far they moved, against PyTorch. */

interface GoldenNeuron {
  readonly layer: number;
  readonly projection: Projection;
  readonly neuron: number;
  readonly base: number;
  readonly sft: number;
  readonly change: number;
  readonly cosine: number;
  readonly towards?: readonly (readonly [number, number])[];
  readonly away?: readonly (readonly [number, number])[];
}

const golden = JSON.parse(readFileSync(join(fixtures, 'explanations', 'golden.json'), 'utf8')).neurons as Record<
  string,
  GoldenNeuron[]
>;

const near = (actual: number, expected: number, what: string) =>
  assert.ok(
    Math.abs(actual - expected) <= 1e-5 * Math.max(1, Math.abs(expected)),
    `${what}: ${actual}, not ${expected}`,
  );

describe('single neurons', () => {
  const never = new AbortController().signal;
  for (const [name, neurons] of Object.entries(golden)) {
    const folder = (side: 'base' | 'sft') =>
      name === 'real-over'
        ? join(sampleFolder, side === 'sft' ? 'sft-over' : side)
        : join(name.startsWith('families/') ? fixtures : checkpointFixtures, name, side);

    it(`of ${name} moved as far as PyTorch says, and write towards the same tokens`, async () => {
      const [base, sft] = [await openCheckpoint(folder('base')), await openCheckpoint(folder('sft'))];
      for (const { towards, away, ...expected } of neurons) {
        const own = await neuronVector(sft, expected);
        const change = neuronChange(await neuronVector(base, expected), own);
        for (const key of ['base', 'sft', 'change', 'cosine'] as const) near(change[key], expected[key], key);
        assert.equal(towards !== undefined, isWrite(expected.projection));
        if (towards === undefined || away === undefined) continue;
        const lens = await logitLens(sft, await writtenVector(sft, expected), never);
        for (const [list, sign] of [
          [towards, 1],
          [away, -1],
        ] as const) {
          const found = extremes(lens, 20, sign);
          // By value: tokens that are a rounding apart may change places.
          list.forEach(([token, value], place) => {
            near(lens[found[place]!]!, value, `place ${place}`);
            near(lens[token]!, value, `token ${token}`);
          });
        }
      }
    });
  }

  it('are not read on once nobody waits for them', async () => {
    const stop = AbortSignal.abort();
    const sft = await openCheckpoint(folderOf('sft'));
    await assert.rejects(logitLens(sft, new Float32Array(sft.architecture.hiddenSize), stop), Interrupted);
  });

  it('are not read from a file that changed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'neuron-'));
    try {
      cpSync(folderOf('sft'), folder, { recursive: true });
      const checkpoint = await openCheckpoint(folder);
      truncateSync(checkpoint.shards[0]!.path, checkpoint.shards[0]!.byteLength - 1);
      await assert.rejects(neuronVector(checkpoint, { layer: 0, projection: 'down_proj', neuron: 0 }), ChangedInput);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('finds extremes, ties by place', () => {
    const values = Float32Array.of(1, 3, 3, -2, 0);
    assert.deepEqual([...extremes(values, 3)], [1, 2, 0]);
    assert.deepEqual([...extremes(values, 2, -1)], [3, 4]);
    assert.deepEqual([...extremes(values, 9)], [1, 2, 0, 4, 3]);
  });
});

function folderOf(side: 'base' | 'sft'): string {
  return join(checkpointFixtures, 'tiny-llama-tied-bias', side);
}
