import { crc32 } from 'node:zlib';
import type { SampleMeasures } from '../../protocol/engine.ts';
import { AppendedFile } from './appendedFile.ts';
import { decodeMeasures, encodeMeasures } from './measuresPayload.ts';

/*
 * One checkpoint's finished samples, appended as they come. A frame is length and CRC-32 of its payload (u32, little
 * endian), then the payload (measuresPayload.ts). What follows the last whole frame is a torn write of a run that was
 * killed, and is cut off.
 */

const frameHeader = 8;

function encode(measures: SampleMeasures): Uint8Array {
  const payload = encodeMeasures(measures);
  const frame = new Uint8Array(frameHeader + payload.length);
  frame.set(payload, frameHeader);
  const view = new DataView(frame.buffer);
  view.setUint32(0, payload.length, true);
  view.setUint32(4, crc32(payload), true);
  return frame;
}

function decodeAll(bytes: Uint8Array): { measures: SampleMeasures[]; validBytes: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const measures: SampleMeasures[] = [];
  let at = 0;
  while (at + frameHeader <= bytes.length) {
    const length = view.getUint32(at, true);
    const end = at + frameHeader + length;
    if (end > bytes.length) break;
    const payload = bytes.subarray(at + frameHeader, end);
    if (crc32(payload) !== view.getUint32(at + 4, true)) break;
    const sample = decodeMeasures(payload);
    // Samples finish in order; anything else is not this program's file.
    if (sample === undefined || sample.index !== measures.length) break;
    measures.push(sample);
    at = end;
  }
  return { measures, validBytes: at };
}

/** How many samples a log holds whole. */
export function finishedSamples(log: Uint8Array): number {
  return decodeAll(Buffer.from(log.buffer, log.byteOffset, log.byteLength)).measures.length;
}

/** The finished samples of one checkpoint, on disk. */
export class ResumeLog {
  /** Samples 0…n-1 that an earlier run finished. */
  readonly restored: readonly SampleMeasures[];
  readonly #file: AppendedFile;

  /** @throws InputError when the file cannot be read or written */
  constructor(path: string) {
    this.#file = new AppendedFile(path);
    try {
      const { measures, validBytes } = decodeAll(this.#file.readAll());
      this.restored = measures;
      this.#file.cutAt(validBytes);
    } catch (error) {
      this.#file.drop();
      throw error;
    }
  }

  /** Appends a finished sample, a few kilobytes. @throws InputError when the disk is full */
  append(measures: SampleMeasures): void {
    this.#file.append(encode(measures));
  }

  /** Makes what was appended durable. Once closed, closing again does nothing. @throws InputError when the disk fails */
  close(): void {
    this.#file.close();
  }

  /** Closes a log that is to be deleted: what it holds need not last. */
  drop(): void {
    this.#file.drop();
  }
}
