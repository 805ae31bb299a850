import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { InputError } from '../../errors.ts';
import { errorCode } from '../../files/reading/fileFault.ts';
import { shownReason } from '../../files/reading/shown.ts';
import { unlink } from '../../files/writing/diskOperations.ts';
import { pointKey } from '../../record/sweep/pointName.ts';
import { type MeasuredPoint, measuredPointSchema, type SweepPoint } from '../../record/sweep/sweepRecord.ts';
import { AppendedFile } from '../resume/appendedFile.ts';

/*
 * What an unfinished sweep has measured, beside its record: a line of JSON that says of what, then a line a point. A line
 * that a killed process left torn is cut off, and what follows it.
 */

/** What a sweep must have in common with an earlier one to take up its points; which points it has is its own affair. */
export type SweepFingerprint = Readonly<Record<string, unknown>>;

const headerSchema = z.strictObject({ sweep: z.record(z.string(), z.unknown()) });

/** Whole lines, and where each ends. */
function* wholeLines(bytes: Buffer): Generator<{ readonly text: string; readonly end: number }> {
  for (let at = 0; ; ) {
    const end = bytes.indexOf(10, at);
    if (end < 0) return;
    yield { text: bytes.toString('utf8', at, end), end: end + 1 };
    at = end + 1;
  }
}

function parsed<Value>(text: string, schema: z.ZodType<Value>): Value | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function differences(one: SweepFingerprint, other: SweepFingerprint): string[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].filter(
    (key) => !isDeepStrictEqual(one[key], other[key]),
  );
}

/** The points that a sweep has measured, on disk. */
export class SweepLog {
  /** What is to be said of an earlier unfinished sweep that was not taken up. */
  readonly note: string | undefined;
  readonly #file: AppendedFile;
  readonly #points = new Map<string, MeasuredPoint>();

  /** @throws InputError when the file cannot be read or written, or is none of a sweep's */
  constructor(path: string, fingerprint: SweepFingerprint) {
    this.#file = new AppendedFile(path);
    try {
      this.note = this.#takeUp(JSON.parse(JSON.stringify(fingerprint)) as SweepFingerprint);
    } catch (error) {
      this.#file.drop();
      throw error;
    }
  }

  #takeUp(fingerprint: SweepFingerprint): string | undefined {
    const { path } = this.#file;
    const bytes = this.#file.readAll();
    const [first, ...lines] = wholeLines(bytes);
    const header = first && parsed(first.text, headerSchema)?.sweep;
    if (
      header === undefined &&
      bytes.length > 0 &&
      !bytes.toString('latin1', 0, 10).startsWith('{"sweep":'.slice(0, bytes.length))
    ) {
      throw new InputError(
        `"${path}" is in the place of this sweep's unfinished work and is no such file: move it away.`,
      );
    }
    const changed = header === undefined ? [] : differences(header, fingerprint);
    if (first === undefined || header === undefined || changed.length > 0) {
      this.#file.cutAt(0);
      this.#append({ sweep: fingerprint });
      return changed.length === 0
        ? undefined
        : `An unfinished sweep in "${path}" had another ${shownReason(changed.join(', '))}; starting afresh.`;
    }
    let valid = first.end;
    for (const { text, end } of lines) {
      const point = parsed(text, measuredPointSchema);
      if (point === undefined) break;
      this.#points.set(pointKey(point), point);
      valid = end;
    }
    this.#file.cutAt(valid);
    return undefined;
  }

  /** A point as it was measured earlier, if it was. */
  found(point: SweepPoint): MeasuredPoint | undefined {
    return this.#points.get(pointKey(point));
  }

  /** Keeps a measured point. @throws InputError when the disk is full */
  add(point: MeasuredPoint): void {
    this.#append(point);
  }

  #append(value: unknown): void {
    this.#file.append(Buffer.from(`${JSON.stringify(value)}\n`));
  }

  /** Makes what was added durable. Once closed, closing again does nothing. @throws InputError when the disk fails */
  close(): void {
    this.#file.close();
  }

  /** Closes and deletes it, once the record holds all. @returns what could not be deleted, in words, if anything */
  async remove(): Promise<string | undefined> {
    this.close();
    const { path } = this.#file;
    try {
      await unlink(path);
      return undefined;
    } catch (error) {
      return `"${path}" is of no use any more but could not be deleted (${errorCode(error) ?? String(error)}).`;
    }
  }
}
