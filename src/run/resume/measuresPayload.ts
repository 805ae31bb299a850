import type { SampleMeasures } from '../../protocol/engine.ts';

/*
 * One sample's measures as bytes, little endian: u32 index, rows and tokens a row; entropy, top-1 probability and NLL
 * (f32 [rows]); top ids (i32 [rows, tokens]) and their probabilities (f32 [rows, tokens]).
 */

const headerBytes = 12;

export function encodeMeasures(measures: SampleMeasures): Uint8Array {
  const { index, entropy, top1Probability, negativeLogLikelihood, topIds, topProbabilities } = measures;
  const rows = entropy.length;
  const arrays = [entropy, top1Probability, negativeLogLikelihood, topIds, topProbabilities];
  const payload = new Uint8Array(arrays.reduce((bytes, array) => bytes + array.byteLength, headerBytes));
  const view = new DataView(payload.buffer);
  view.setUint32(0, index, true);
  view.setUint32(4, rows, true);
  view.setUint32(8, rows === 0 ? 0 : topIds.length / rows, true);
  let at = headerBytes;
  for (const array of arrays) {
    payload.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += array.byteLength;
  }
  return payload;
}

/** @returns undefined where the bytes are no measures */
export function decodeMeasures(payload: Uint8Array): SampleMeasures | undefined {
  if (payload.byteLength < headerBytes) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const rows = view.getUint32(4, true);
  const kept = rows * view.getUint32(8, true);
  if (payload.byteLength !== headerBytes + 4 * (3 * rows + 2 * kept)) return undefined;
  let at = payload.byteOffset + headerBytes;
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
