import { deflateRaw } from 'node:zlib';
import { intArray, type RecordArray, type RecordArrays } from '../../record/arrays/arrays.ts';
import { toPlanes } from '../../record/arrays/bytePlanes.ts';
import { allBits, roundedFloats } from '../../record/arrays/roundedFloats.ts';

/* The arrays of a report, compressed; rounded as far as it takes to keep the page small. */

/** Bits kept of float32 numbers after the leading one, and of the scores of neurons that were never ranked. */
export interface Precision {
  readonly bits: number;
  readonly unranked: number;
}

/** Tried one after the other. */
const precisions: readonly Precision[] = [
  { bits: allBits, unranked: allBits },
  { bits: 9, unranked: 9 },
  { bits: 9, unranked: 6 },
  { bits: 9, unranked: 3 },
  { bits: 8, unranked: 3 },
  { bits: 6, unranked: 3 },
  { bits: 3, unranked: 3 },
];

export interface PackedArrays {
  /** Base64 of one deflate stream. */
  readonly base64: string;
  readonly precision: Precision;
}

function deflated(parts: readonly Uint8Array[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    deflateRaw(Buffer.concat(parts), (error, result) => (error === null ? resolve(result) : reject(error)));
  });
}

function rounded(arrays: RecordArrays, name: string, { bits, unranked }: Precision): RecordArray {
  const array = arrays.get(name)!;
  if (!(array instanceof Float32Array) || bits === allBits) return array;
  const module = /^(layers\..*\.)(mean|max)_score$/.exec(name)?.[1];
  if (module === undefined) return roundedFloats(array, () => bits);
  const ranks = intArray(arrays, `${module}best_rank`);
  return roundedFloats(array, (neuron) => (ranks[neuron] === -1 ? unranked : bits));
}

/**
 * Arrays in the order of `names`, at the highest precision at which they take no more than `limit` characters; at the
 * lowest whatever they take.
 */
export async function packArrays(arrays: RecordArrays, names: readonly string[], limit: number): Promise<PackedArrays> {
  for (const precision of precisions) {
    const bytes = await deflated(toPlanes(names.map((name) => rounded(arrays, name, precision))));
    if ((bytes.length * 4) / 3 <= limit || precision === precisions.at(-1)) {
      return { base64: bytes.toString('base64'), precision };
    }
  }
  throw new RangeError('no precision was tried');
}
