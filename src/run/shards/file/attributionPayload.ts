import type { SampleAttribution, TargetAttribution } from '../../../method/attribution.ts';

/*
 * What attribution found in one sample, as bytes, little endian: u32 index, targets, neurons; for each target u32 row, gold,
 * terms, ranked neurons and scores kept of them, f64 logit and rebuilt logit, then its terms (f32), ranked neurons (u32) and
 * scores (f32); at last the sample's sum of scores (f64 [neurons]) and largest scores (f32 [neurons]). A sample's own sum is
 * kept, since sums over samples depend on their order in the last bits.
 */

const headerBytes = 12;
const targetBytes = 36;

function targetSize({ terms, ranked, topScores }: TargetAttribution): number {
  return targetBytes + terms.byteLength + ranked.byteLength + topScores.byteLength;
}

export function encodeAttribution({ index, targets, scoreSum, scoreMax }: SampleAttribution): Uint8Array {
  const sums = scoreSum.byteLength + scoreMax.byteLength;
  const bytes = new Uint8Array(targets.reduce((size, target) => size + targetSize(target), headerBytes + sums));
  const view = new DataView(bytes.buffer);
  [index, targets.length, scoreSum.length].forEach((value, i) => {
    view.setUint32(4 * i, value, true);
  });
  let at = headerBytes;
  const put = (array: Float64Array | Float32Array | Uint32Array) => {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += array.byteLength;
  };
  for (const { row, gold, logit, reconstructedLogit, terms, ranked, topScores } of targets) {
    [row, gold, terms.length, ranked.length, topScores.length].forEach((value, i) => {
      view.setUint32(at + 4 * i, value, true);
    });
    view.setFloat64(at + 20, logit, true);
    view.setFloat64(at + 28, reconstructedLogit, true);
    at += targetBytes;
    for (const array of [terms, ranked, topScores]) put(array);
  }
  put(scoreSum);
  put(scoreMax);
  return bytes;
}

/** How much of a sample's attribution is expected. */
export interface AttributionSizes {
  readonly neurons: number;
  /** Of each target's logit. */
  readonly terms: number;
  readonly rankLimit: number;
}

/** @returns undefined where the bytes are no attribution of these sizes */
export function decodeAttribution(
  payload: Uint8Array,
  { neurons, terms, rankLimit }: AttributionSizes,
): SampleAttribution | undefined {
  if (payload.byteLength < headerBytes) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const targets = view.getUint32(4, true);
  const room = payload.byteLength - headerBytes - 12 * neurons;
  if (view.getUint32(8, true) !== neurons || room < 0 || targets * targetBytes > room) return undefined;
  let at = headerBytes;
  const take = (bytes: number): ArrayBuffer => {
    const from = payload.byteOffset + at;
    at += bytes;
    return payload.buffer.slice(from, from + bytes) as ArrayBuffer;
  };
  const found: TargetAttribution[] = [];
  for (let i = 0; i < targets; i++) {
    if (at + targetBytes > payload.byteLength) return undefined;
    const count = (field: number) => view.getUint32(at + 4 * field, true);
    const [row, gold, termsOf, rankedOf, scoresOf] = [count(0), count(1), count(2), count(3), count(4)];
    const [logit, reconstructedLogit] = [view.getFloat64(at + 20, true), view.getFloat64(at + 28, true)];
    at += targetBytes;
    if (termsOf !== terms || rankedOf > rankLimit || scoresOf > rankedOf) return undefined;
    if (at + 4 * (termsOf + rankedOf + scoresOf) > payload.byteLength) return undefined;
    const ownTerms = new Float32Array(take(4 * termsOf));
    const ranked = new Uint32Array(take(4 * rankedOf));
    const topScores = new Float32Array(take(4 * scoresOf));
    if (!ranked.every((neuron) => neuron < neurons)) return undefined;
    found.push({ row, gold, logit, reconstructedLogit, terms: ownTerms, ranked, topScores });
  }
  if (at + 12 * neurons !== payload.byteLength) return undefined;
  const scoreSum = new Float64Array(take(8 * neurons));
  const scoreMax = new Float32Array(take(4 * neurons));
  return { index: view.getUint32(0, true), targets: found, scoreSum, scoreMax };
}
