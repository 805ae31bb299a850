import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../src/checkpoint/openCheckpoint.ts';
import { SegmentSession } from '../src/engine/sessions/segmentSession.ts';
import { weightFiles } from '../src/engine/sessions/weightFiles.ts';
import { type BenchSize, benchSizes } from './benchSizes.ts';
import { generateCheckpoint, generator } from './generateCheckpoint.ts';
import { median, row, timesAsFast } from './report.ts';

const rounds = 7;
/** Rows of a short sample and of a long one. */
const lengths = [64, 256];
/** Rows of each round, whatever the samples' length, and of the batches that are tried. */
const totalRows = 1024;
const batchRows = [256, 512, 1024];

/** Residual streams of samples of so many rows. */
function streamsOf(rows: number, hidden: number): Float32Array[] {
  const random = generator(5);
  return Array.from({ length: totalRows / rows }, () =>
    Float32Array.from({ length: rows * hidden }, () => random() - 0.5),
  );
}

async function passed(segment: SegmentSession, streams: readonly Float32Array[], together: number): Promise<number> {
  const start = performance.now();
  for (let first = 0; first < streams.length; first += together) {
    await segment.forward(streams.slice(first, first + together));
  }
  return (performance.now() - start) / streams.length;
}

async function benchOf({ name, shape }: BenchSize, threads: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rejuvenate-bench-'));
  try {
    generateCheckpoint(folder, shape, 1);
    const checkpoint = await openCheckpoint(folder);
    const settings = { device: 'cpu', threads, spinning: true, held: 'float32' } as const;
    const layers = { from: 0, to: shape.layers };
    const segment = await SegmentSession.load(checkpoint.architecture, layers, weightFiles(checkpoint), settings);
    for (const rows of lengths) {
      const streams = streamsOf(rows, shape.hidden);
      const sizes = [1, ...batchRows.map((most) => most / rows).filter((size) => size > 1)];
      const times = sizes.map((): number[] => []);
      // The first round warms up and is not counted; no size is always the first of its round.
      for (let round = 0; round <= rounds; round++) {
        for (let i = 0; i < sizes.length; i++) {
          const at = (i + round) % sizes.length;
          const taken = await passed(segment, streams, sizes[at]!);
          if (round > 0) times[at]!.push(taken);
        }
      }
      const alone = median(times[0]!);
      row(name, `${rows} rows, one sample a run: ${alone.toFixed(2)} ms a sample`);
      for (const [i, size] of sizes.entries()) {
        if (i === 0) continue;
        const ratios = times[i]!.map((taken, round) => times[0]![round]! / taken);
        row('', `${size} samples a run: ${timesAsFast(ratios)}`);
      }
    }
    await segment.release();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Forward runs through all layers on the CPU: one sample a run against several, in turn. */
export async function benchForward(): Promise<void> {
  const threads = cpus().length;
  console.log(`\nForward, all layers, float32, ${threads} threads, median of ${rounds} rounds`);
  for (const size of benchSizes) await benchOf(size, threads);
}
