import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { drawRows } from '../src/calibration/rows/drawRows.ts';
import { openRowFile } from '../src/calibration/rows/openRowFile.ts';
import { compressors } from '../src/calibration/rows/parquet/codecs.ts';
import { InputFile } from '../src/files/reading/inputFile.ts';
import { inputKinds } from '../src/files/reading/inputKind.ts';

/*
 * One measurement of calibration.ts in a process of its own, so that its peak memory is its own:
 * `calibrationChild.ts draw|pass FILE`. Prints CalibrationMeasure as JSON.
 */

export interface CalibrationMeasure {
  readonly seconds: number;
  /** Most that the process held, and what it held before the work began. */
  readonly peakBytes: number;
  readonly startBytes: number;
  /** Rows that were read. */
  readonly rows: number;
}

const [work, path] = process.argv.slice(2) as ['draw' | 'pass', string];

/** 128 samples, each taken apart. */
async function draw(): Promise<number> {
  const file = await openRowFile(0, path);
  const silent = { start: () => {}, reach: () => {} };
  let rows = 0;
  for await (const row of drawRows([file], { samples: 128, seed: 0 }, (each) => each.read(), silent)) {
    if (row !== null) rows++;
  }
  file.checkUnchanged();
  file.close();
  return rows;
}

/** hyparquet's own pass over all rows, a row group after the other, with the same codecs. */
async function pass(): Promise<number> {
  const input = new InputFile(path, inputKinds.calibration);
  const file = {
    byteLength: input.byteLength,
    slice(start: number, end = input.byteLength): ArrayBuffer {
      const bytes = new Uint8Array(end - start);
      input.read(bytes, start);
      return bytes.buffer;
    },
  };
  const metadata = await parquetMetadataAsync(file);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    rowStart += (await parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd })).length;
  }
  return rowStart;
}

const startBytes = process.memoryUsage.rss();
const start = performance.now();
const rows = await (work === 'draw' ? draw() : pass());
const seconds = (performance.now() - start) / 1000;
const peakBytes = process.resourceUsage().maxRSS * 1024;
const measure: CalibrationMeasure = { seconds, peakBytes, startBytes, rows };
console.log(JSON.stringify(measure));
