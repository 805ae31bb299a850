import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEngine } from '../src/engine/process/client.ts';
import { attributionFlops } from './attributionFlops.ts';
import { benchSizes } from './benchSizes.ts';
import { productCeiling } from './ceilings.ts';
import { generateCheckpoint, generator } from './generateCheckpoint.ts';
import { pythonWith } from './python.ts';
import { median, row } from './report.ts';

const targetsPerSample = 8;
const sampleCount = 3;
const rounds = 3;
/** Large enough that a product is limited by arithmetic alone. */
const square = { rows: 2048, inner: 2048, outer: 2048 };

/** Random tokens, targets spread over the last three quarters, as over a response. */
function makeSamples(rows: number, vocab: number) {
  const random = generator(3);
  let firstTarget = 0;
  return Array.from({ length: sampleCount }, (_, index) => {
    const ids = Array.from({ length: rows }, () => Math.floor(random() * vocab));
    const first = Math.floor(rows / 4);
    const picked = new Set<number>();
    while (picked.size < targetsPerSample) picked.add(first + Math.floor(random() * (rows - 1 - first)));
    const targets = [...picked].sort((a, b) => a - b).map((t) => ({ row: t, gold: ids[t + 1]! }));
    firstTarget += targetsPerSample;
    return {
      index,
      ids,
      responses: [{ start: first, end: rows }],
      targets,
      firstTarget: firstTarget - targetsPerSample,
    };
  });
}

/** Seconds of attribution alone: the first sample warms up and is not counted, for either side. */
async function ours(checkpoint: string, samples: ReturnType<typeof makeSamples>, threads: number): Promise<number> {
  const engine = await startEngine({ device: 'cpu', memoryBytes: 8e9, threads });
  try {
    const attribute = (some: typeof samples) =>
      engine.attribute(
        {
          checkpoint,
          firstSample: 0,
          rankLimit: 100,
          samples: some.map((each) => ({ ...each, ids: Uint32Array.from(each.ids) })),
        },
        { onSample: () => {} },
      );
    await attribute(samples.slice(0, 1));
    const start = performance.now();
    await attribute(samples);
    return (performance.now() - start) / 1000;
  } finally {
    await engine.dispose();
  }
}

/** Attribution on the CPU against PyTorch, alternately, at equal threads. */
export async function benchAttribution(): Promise<void> {
  const threads = cpus().length;
  const python = pythonWith('torch', 'transformers', 'safetensors');
  console.log(`\nAttribution, ${targetsPerSample} targets a sample, float32, ${threads} threads, median of ${rounds}`);
  if (python === undefined) {
    console.log('  PyTorch is left out: no Python with torch, transformers and safetensors (REJUVENATE_BENCH_PYTHON).');
  }
  for (const { name, rows, shape } of benchSizes) {
    const folder = mkdtempSync(join(tmpdir(), 'rejuvenate-bench-'));
    try {
      generateCheckpoint(folder, shape, 1);
      const samples = makeSamples(rows, shape.vocab);
      const samplesFile = join(folder, 'samples.json');
      writeFileSync(samplesFile, JSON.stringify(samples));
      const theirs = (mode: 'each' | 'batched') => {
        const script = join(import.meta.dirname, 'attribution.py');
        const args = [script, folder, samplesFile, String(threads), mode];
        const output = execFileSync(python!, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
        return (JSON.parse(output.trim().split('\n').at(-1)!) as { seconds: number }).seconds;
      };
      const seconds = { ours: [] as number[], each: [] as number[], batched: [] as number[] };
      const ceilings = { square: [] as number[], own: [] as number[] };
      // The products that most of a model's time goes to: a sample's rows through the feed-forward block and back.
      const own = { rows, inner: shape.hidden, outer: shape.intermediate };
      for (let round = 0; round < rounds; round++) {
        ceilings.square.push(await productCeiling(square, { device: 'cpu', threads, runs: 3 }));
        ceilings.own.push(await productCeiling(own, { device: 'cpu', threads, runs: 3 }));
        seconds.ours.push(await ours(folder, samples, threads));
        if (python === undefined) continue;
        seconds.each.push(theirs('each'));
        seconds.batched.push(theirs('batched'));
      }
      const taken = median(seconds.ours);
      row(name, `${rows} rows, ${(taken / sampleCount).toFixed(3)} s a sample`);
      const flops = samples.reduce(
        (sum, { targets }) =>
          sum +
          attributionFlops(
            shape,
            targets.map((target) => target.row),
          ),
        0,
      );
      const rate = flops / taken;
      const share = (ceiling: readonly number[]) =>
        `${((100 * rate) / median(ceiling)).toFixed(0)} % of ${(median(ceiling) / 1e9).toFixed(0)} GFLOP/s`;
      row('', `${(rate / 1e9).toFixed(0)} GFLOP/s: ${share(ceilings.square)} in products of ${square.rows}²`);
      row('', `${share(ceilings.own)} in products of ${own.rows} × ${own.inner} × ${own.outer}`);
      if (python !== undefined) {
        row('', `${(median(seconds.each) / taken).toFixed(2)}× as fast as PyTorch, one backward a target`);
        row('', `${(median(seconds.batched) / taken).toFixed(2)}× as fast as PyTorch, batched backward`);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}
