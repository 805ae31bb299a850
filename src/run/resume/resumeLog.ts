import { crc32 } from 'node:zlib';
import type { SampleMeasures } from '../../protocol/engine.ts';
import { AppendedFile } from './appendedFile.ts';

/*
 * One checkpoint's finished samples, appended as they come. A frame is length and CRC-32 of its payload (u32, little
 * endian), then the payload: u32 index, rows and tokens a row; entropy, top-1 probability and NLL (f32 [rows]); top
 * ids (i32 [rows, tokens]) and their probabilities (f32 [rows, tokens]). What follows the last whole frame is a torn
 * write of a run that was killed, and is cut off.
 */

const frameHeader = 8;
const payloadHeader = 12;

function encode(measures: SampleMeasures): Uint8Array {
  const { index, entropy, top1Probability, negativeLogLikelihood, topIds, topProbabilities } = measures;
  const rows = entropy.length;
  const arrays = [entropy, top1Probability, negativeLogLikelihood, topIds, topProbabilities];
  const payload = payloadHeader + arrays.reduce((bytes, array) => bytes + array.byteLength, 0);
  const frame = new Uint8Array(frameHeader + payload);
  const view = new DataView(frame.buffer);
  view.setUint32(frameHeader, index, true);
  view.setUint32(frameHeader + 4, rows, true);
  view.setUint32(frameHeader + 8, rows === 0 ? 0 : topIds.length / rows, true);
  let at = frameHeader + payloadHeader;
  for (const array of arrays) {
    frame.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += array.byteLength;
  }
  view.setUint32(0, payload, true);
  view.setUint32(4, crc32(frame.subarray(frameHeader)), true);
  return frame;
}

function decode(payload: Uint8Array): SampleMeasures | undefined {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const rows = view.getUint32(4, true);
  const kept = rows * view.getUint32(8, true);
  if (payload.byteLength !== payloadHeader + 4 * (3 * rows + 2 * kept)) return undefined;
  let at = payload.byteOffset + payloadHeader;
  const take = (elements: number): ArrayBuffer => {
    const bytes = payload.buffer.slice(at, at + 4 * elements);
    at += 4 * elements;
    return bytes as ArrayBuffer;
  };
  return {
    index: view.getUint32(0, true),
    entropy: new Float32Array(take(rows)),
    top1Probability: new Float32Array(take(rows)),
    negativeLogLikelihood: new Float32Array(take(rows)),
    topIds: new Int32Array(take(kept)),
    topProbabilities: new Float32Array(take(kept)),
  };
}

function decodeAll(bytes: Uint8Array): { measures: SampleMeasures[]; validBytes: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const measures: SampleMeasures[] = [];
  let at = 0;
  while (at + frameHeader + payloadHeader <= bytes.length) {
    const length = view.getUint32(at, true);
    const end = at + frameHeader + length;
    if (length < payloadHeader || end > bytes.length) break;
    const payload = bytes.subarray(at + frameHeader, end);
    if (crc32(payload) !== view.getUint32(at + 4, true)) break;
    const sample = decode(payload);
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
