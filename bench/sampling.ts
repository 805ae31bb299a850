import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readTokenizer } from '../src/calibration/tokenizer/tokenizer.ts';
import { stopTokensOf } from '../src/checkpoint/stopTokens.ts';
import { startEngine } from '../src/engine/process/client.ts';
import type { Engine } from '../src/engine/process/engine.ts';
import { pythonWith } from './python.ts';
import { median, row, timesAsFast } from './report.ts';

const rounds = 3;
const threads = 2;
const samples = 16;
const maxTokens = 96;
/** Of the comparison: as many answers as are sampled at a time. */
const comparedPrompts = 16;
const folder = join(import.meta.dirname, '..', 'media', 'sample');

interface Round {
  readonly seconds: number;
  readonly tokens: number;
}

async function ownRound(
  engine: Engine,
  checkpoint: string,
  prompts: readonly number[][],
  seed: number,
): Promise<Round> {
  let tokens = 0;
  const start = performance.now();
  const stopTokens = await stopTokensOf(checkpoint);
  await engine.sample(
    {
      checkpoint,
      samples: prompts.map((ids, index) => ({ index, ids: Uint32Array.from(ids) })),
      firstSample: 0,
      options: { samples, temperature: 1, topP: 1, maxTokens, stopTokens, seed },
    },
    {
      onSample({ answers }) {
        for (const answer of answers) tokens += answer.tokens.length;
      },
    },
  );
  return { seconds: (performance.now() - start) / 1000, tokens };
}

/** Rounds of transformers, in a process that keeps the model. */
class Transformers {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(python: string, checkpoint: string, promptsPath: string) {
    const script = join(import.meta.dirname, 'sampling.py');
    const options = [checkpoint, promptsPath, samples, maxTokens, threads].map(String);
    this.#child = spawn(python, [script, ...options], { stdio: ['pipe', 'pipe', 'ignore'] });
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  async line(): Promise<Round> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error('The process of transformers ended.');
    return JSON.parse(value) as Round;
  }

  round(): Promise<Round> {
    this.#child.stdin!.write('\n');
    return this.line();
  }

  end(): void {
    this.#child.kill();
  }
}

/** Tokens a second on the sample, against transformers' `generate` in turn where a Python has it. */
export async function benchSampling(): Promise<void> {
  console.log(`\nSampling, ${samples} answers a prompt, at most ${maxTokens} tokens, ${threads} threads`);
  const place = mkdtempSync(join(tmpdir(), 'rejuvenate-bench-'));
  const checkpoint = join(folder, 'sft-over');
  const engine = await startEngine({ device: 'cpu', memoryBytes: 4e9, threads });
  const python = pythonWith('torch', 'transformers');
  try {
    const tokenizer = await readTokenizer(join(checkpoint, 'tokenizer.json'));
    const lines = readFileSync(join(folder, 'calibration.jsonl'), 'utf8').trim().split('\n');
    const prompts = lines.map((line) => tokenizer.encode((JSON.parse(line) as { prompt: string }).prompt));
    const compared = prompts.slice(0, comparedPrompts);
    const promptsPath = join(place, 'prompts.json');
    writeFileSync(promptsPath, JSON.stringify(compared));
    const perSecond = ({ tokens, seconds }: Round) => tokens / seconds;
    await ownRound(engine, checkpoint, compared, 0);
    const own: number[] = [];
    const theirs: number[] = [];
    const other = python === undefined ? undefined : new Transformers(python, checkpoint, promptsPath);
    try {
      await other?.line();
      await other?.round();
      for (let round = 1; round <= rounds; round++) {
        own.push(perSecond(await ownRound(engine, checkpoint, compared, round)));
        if (other !== undefined) theirs.push(perSecond(await other.round()));
      }
    } finally {
      other?.end();
    }
    row(`${samples * comparedPrompts} answers`, `${median(own).toFixed(0)} tokens/s`);
    if (theirs.length > 0) {
      row("transformers' generate", `${median(theirs).toFixed(0)} tokens/s`);
      row('', timesAsFast(own.map((each, round) => each / theirs[round]!)));
    }
    const { seconds, tokens } = await ownRound(engine, checkpoint, prompts, 0);
    row(`${samples} × ${prompts.length} prompts`, `${seconds.toFixed(1)} s, ${tokens} tokens (aim: under 60 s)`);
  } finally {
    await engine.dispose();
    rmSync(place, { recursive: true });
  }
}
