/* Draws a token from a distribution: by inverting its cumulative sum, among the most likely tokens where top-p asks so. */

/** Weights differ by less than an eighth within a bucket: its number is the upper bits of a float32. */
const bucketShift = 20;
const buckets = 2 ** (31 - bucketShift);

/**
 * @param weights of the tokens, at least 0 and one of them above; they need not add up to 1. Sums are kept in double
 *   precision, in the order of the tokens
 * @param topP only the most likely tokens that have this share of the whole together are drawn from; 1: all. Of tokens of one
 *   weight, the former count as more likely
 * @param uniform from 0 up to, not including, 1
 */
export function drawToken(weights: Float32Array, topP: number, uniform: number): number {
  const nucleus = topP < 1 ? nucleusOf(weights, topP) : { least: 0, ties: Infinity, mass: sum(weights) };
  const goal = uniform * nucleus.mass;
  let { ties } = nucleus;
  let reached = 0;
  let last = 0;
  for (let token = 0; token < weights.length; token++) {
    const weight = weights[token]!;
    if (weight === 0 || weight < nucleus.least || (weight === nucleus.least && ties-- <= 0)) continue;
    reached += weight;
    last = token;
    if (reached > goal) return token;
  }
  // The product was rounded up to the whole.
  return last;
}

function sum(weights: Float32Array): number {
  let total = 0;
  for (let token = 0; token < weights.length; token++) total += weights[token]!;
  return total;
}

/** The fewest most likely tokens that have `mass` together: those above the least weight, and so many of that weight. */
interface Nucleus {
  readonly least: number;
  readonly ties: number;
  /** What they have together. */
  readonly mass: number;
}

/** Of a draw; the next one overwrites them. */
const masses = new Float64Array(buckets);

/** No sort of the vocabulary: one pass adds up buckets of like weights, and one bucket alone is sorted. */
function nucleusOf(weights: Float32Array, topP: number): Nucleus {
  const bits = new Uint32Array(weights.buffer, weights.byteOffset, weights.length);
  masses.fill(0);
  for (let token = 0; token < weights.length; token++) {
    const bucket = bits[token]! >>> bucketShift;
    masses[bucket] = masses[bucket]! + weights[token]!;
  }
  let total = 0;
  for (let each = 0; each < buckets; each++) total += masses[each]!;
  const mass = topP * total;
  let bucket = buckets - 1;
  let reached = 0;
  while (bucket > 0 && reached + masses[bucket]! < mass) reached += masses[bucket--]!;
  const found: number[] = [];
  for (let token = 0; token < weights.length; token++) {
    if (bits[token]! >>> bucketShift === bucket && weights[token]! > 0) found.push(weights[token]!);
  }
  const inBucket = Float64Array.from(found).sort();
  let least = 0;
  let ties = 0;
  // The sums' roundings differ: the bucket may end before the mass is reached.
  for (let at = inBucket.length - 1; at >= 0 && (reached < mass || ties === 0); at--) {
    ties = inBucket[at] === least ? ties + 1 : 1;
    least = inBucket[at]!;
    reached += least;
  }
  return { least, ties, mass: reached };
}
