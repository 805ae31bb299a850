import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CalibrationMeasure } from './calibrationChild.ts';
import { writeJsonl, writeParquet } from './calibrationData.ts';
import { median, row } from './report.ts';

const rounds = 5;
const bytes = 1e9;

function measured(work: 'draw' | 'pass', path: string): CalibrationMeasure {
  const args = ['--import', 'tsx', join(import.meta.dirname, 'calibrationChild.ts'), work, path];
  const output = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return JSON.parse(output) as CalibrationMeasure;
}

function secondsOfWc(path: string): number {
  const start = performance.now();
  spawnSync('wc', ['-l', path]);
  return (performance.now() - start) / 1000;
}

function report(what: string, draws: readonly CalibrationMeasure[], others: readonly number[], other: string): void {
  const ratios = draws.map(({ seconds }, i) => seconds / others[i]!);
  const [middle, least, most] = [median(ratios), Math.min(...ratios), Math.max(...ratios)].map((each) =>
    each.toFixed(2),
  );
  const seconds = (values: readonly number[]) => `${median(values).toFixed(3)} s`;
  row(other, seconds(others));
  row(what, `${seconds(draws.map((each) => each.seconds))}: ${middle}× (${least}–${most})`);
  const peak = Math.max(...draws.map(({ peakBytes }) => peakBytes));
  const start = Math.min(...draws.map(({ startBytes }) => startBytes));
  row('  peak memory', `${(peak / 1e6).toFixed(0)} MB, of which ${(start / 1e6).toFixed(0)} MB before the work (tsx)`);
}

/**
 * Drawing 128 samples of a 1 GB JSONL against `wc -l`, and of a 1 GB Parquet file against hyparquet's own pass over it,
 * alternately and with a warm page cache. Takes 2 GB of TMPDIR; Linux and macOS.
 */
export async function benchCalibration(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rejuvenate-bench-'));
  try {
    const [jsonl, parquet] = [join(folder, 'pairs.jsonl'), join(folder, 'pairs.parquet')];
    const counts = [writeJsonl(jsonl, bytes), await writeParquet(parquet, bytes)];
    const sizes = [jsonl, parquet].map(
      (path, i) => `${(statSync(path).size / 1e9).toFixed(2)} GB, ${counts[i]!.toLocaleString('en-US')} rows`,
    );
    console.log(`\nDrawing 128 samples: JSONL of ${sizes[0]}; Parquet of ${sizes[1]}; median of ${rounds}`);
    const lines: { draw: CalibrationMeasure; wc: number }[] = [];
    const rows: { draw: CalibrationMeasure; pass: number }[] = [];
    secondsOfWc(jsonl);
    for (let round = 0; round < rounds; round++) {
      lines.push({ draw: measured('draw', jsonl), wc: secondsOfWc(jsonl) });
      rows.push({ draw: measured('draw', parquet), pass: measured('pass', parquet).seconds });
    }
    report(
      'draw from JSONL',
      lines.map((each) => each.draw),
      lines.map((each) => each.wc),
      'wc -l',
    );
    report(
      'draw from Parquet',
      rows.map((each) => each.draw),
      rows.map((each) => each.pass),
      "hyparquet's own pass",
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
