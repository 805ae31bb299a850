import { basename } from 'node:path';
import { InputError } from '../../errors.ts';
import { removeStagedFiles, writeFileWhole } from '../../files/writing/stagedFile.ts';
import { allBits } from '../../record/arrays/roundedFloats.ts';
import { recordArraySpecs } from '../../record/run/recordArrays.ts';
import { type OpenRecord, readRecord } from '../../record/run/recordFile.ts';
import { recordPaths } from '../../record/run/recordPaths.ts';
import { checkOutput } from '../files/outputPaths.ts';
import { type Precision, packArrays } from './packedArrays.ts';
import { reportHtml } from './reportHtml.ts';
import { reportRecord } from './reportRecord.ts';

/* Makes a report of a run record: one HTML page that shows it without the program, the models and a network. */

/** Above this numbers are rounded: what mail and chat programs take. */
const mostBytes = 10e6;

/** A report: the page as bytes, and how far its numbers were rounded, in words; undefined where they are exact. */
export interface Report {
  readonly bytes: Uint8Array;
  readonly rounding: string | undefined;
}

/** "scores and measures rounded to 3 digits, …". */
function roundingText({ bits, unranked }: Precision): string | undefined {
  if (bits === allBits) return undefined;
  // The leading bit counts: 9 bits and it are 3 decimal digits.
  const digits = (kept: number) =>
    `${Math.max(Math.floor((kept + 1) * Math.log10(2)), 1)} digits`.replace(/^1 digits/, '1 digit');
  const own = `scores and measures rounded to ${digits(bits)}`;
  return unranked === bits ? own : `${own}, scores of neurons that were never ranked to ${digits(unranked)}`;
}

/** @param text whether the calibration's text goes in */
export async function makeReport(open: OpenRecord, text: boolean): Promise<Report> {
  const { record, arrays } = reportRecord(open, text);
  const content = { path: basename(open.path), record };
  const halves = (rounding: string | undefined) => reportHtml(content, { textLeftOut: !text, rounding });
  // Room for the longest words on rounding.
  const rest = Buffer.byteLength((await halves(undefined)).join('')) + 200;
  const names = recordArraySpecs(open.record, open.layout).map(({ name }) => name);
  const { base64, precision } = await packArrays(arrays, names, mostBytes - rest);
  const rounding = roundingText(precision);
  const [before, after] = await halves(rounding);
  return { bytes: new TextEncoder().encode(before + base64 + after), rounding };
}

export interface ReportOptions {
  /** `NAME.rejuvenation.json`. */
  readonly record: string;
  /** `FILE.html`. */
  readonly out: string;
  readonly text: boolean;
  readonly overwrite: boolean;
}

/**
 * Writes a report. Its place is old or complete at any time.
 *
 * @returns its size in bytes, and how far numbers were rounded, in words
 * @throws InputError when the record cannot be read, or the place is taken, an input, or cannot be written
 */
export async function exportReport({
  record,
  out,
  text,
  overwrite,
}: ReportOptions): Promise<{ readonly size: number; readonly rounding: string | undefined }> {
  const { json, arrays } = recordPaths(record);
  if (!/\.html?$/i.test(out)) {
    throw new InputError(`The report "${out}" must be named FILE.html, so that a browser opens it.`);
  }
  await checkOutput({ what: 'report', path: out, kind: 'file' }, [json, arrays], overwrite);
  const { bytes, rounding } = await makeReport(await readRecord(record), text);
  await removeStagedFiles(out);
  await writeFileWhole(out, bytes, overwrite);
  return { size: bytes.length, rounding };
}
