import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { openCheckpoint } from '../src/checkpoint/openCheckpoint.ts';
import { evenRanges } from '../src/engine/plan/cutSizes.ts';
import { ModelSessions } from '../src/engine/sessions/modelSessions.ts';
import { ReadAhead } from '../src/engine/sessions/readAhead.ts';
import { type GeneratedShape, generateCheckpoint, generator } from './generateCheckpoint.ts';
import { median, row, timesAsFast } from './report.ts';

/** Layers of Qwen3-1.7B: 0.6 billion parameters in them, 1.2 GB as bf16. */
const shape: GeneratedShape = {
  layers: 12,
  hidden: 2048,
  intermediate: 6144,
  heads: 16,
  keyValueHeads: 8,
  headDim: 128,
  vocab: 4096,
};
const segments = 4;
const rounds = 5;
/** Runs a segment, and rows of each. */
const runs = 3;
const rows = 256;

class NoReading extends ReadAhead {
  override async start(): Promise<void> {}
}

/** Has the system forget a file's contents, which it does for whoever may write the file. */
function forget(path: string): void {
  execFileSync('dd', [`of=${path}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0'], { stdio: 'ignore' });
}

/**
 * A forward pass over segments that are loaded in turn, with and without reading the next one's files meanwhile: from the
 * page cache, and from the disk. `REJUVENATE_BENCH_FOLDER` names a folder on the disk to measure. Linux.
 */
export async function benchReading(): Promise<void> {
  const parent = process.env['REJUVENATE_BENCH_FOLDER'] ?? tmpdir();
  const folder = mkdtempSync(join(parent, 'rejuvenate-bench-'));
  const threads = cpus().length;
  console.log(
    `\nReading ahead: 1.2 GB of bf16 in ${segments} segments, ${runs} runs of ${rows} rows each, ${threads} threads`,
  );
  try {
    generateCheckpoint(folder, shape, 1, 0, true);
    const checkpoint = await openCheckpoint(folder);
    const ranges = evenRanges(shape.layers, segments);
    const random = generator(3);
    const stream = Float32Array.from({ length: rows * shape.hidden }, () => random() - 0.5);
    const passed = async (readAhead: ReadAhead): Promise<number> => {
      const settings = { device: 'cpu', threads, spinning: true } as const;
      const sessions = new ModelSessions(checkpoint, settings, ['float32'], readAhead);
      const start = performance.now();
      for (const [i, range] of ranges.entries()) {
        const layers = ranges[i + 1];
        const segment = await sessions.segment(range, false, layers && { layers });
        for (let run = 0; run < runs; run++) {
          await segment.forward([stream]);
          await setImmediate();
        }
      }
      const taken = performance.now() - start;
      await sessions.release();
      return taken;
    };
    for (const cold of [false, true]) {
      const times: { without: number; with: number }[] = [];
      // The first round has the process get its memory from the system, and is not counted.
      for (let round = 0; round <= rounds; round++) {
        const measured = { without: 0, with: 0 };
        for (const kind of round % 2 === 0 ? (['without', 'with'] as const) : (['with', 'without'] as const)) {
          if (cold) for (const { path } of checkpoint.shards) forget(path);
          measured[kind] = await passed(kind === 'with' ? new ReadAhead() : new NoReading());
        }
        if (round > 0) times.push(measured);
      }
      const ratios = times.map((each) => each.without / each.with);
      const seconds = (kind: 'without' | 'with') => (median(times.map((each) => each[kind])) / 1000).toFixed(1);
      row(
        cold ? 'from the disk' : 'from the page cache',
        `${seconds('without')} s, reading ahead ${seconds('with')} s: ${timesAsFast(ratios)}`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
