import { generator } from './generateCheckpoint.ts';

/*
 * What single products are off, with accumulators as tensor cores have them: the sum of eight products and of what came before
 * is cut off, not rounded, after every step. Published probes found that of V100, T4 and A100
 * (https://github.com/north-numerical-computing/tensor-cores-numerical-behavior), and 25 bits before the cut of H100. How many
 * steps cuBLAS leaves to one accumulator is not known here: all of them are taken.
 */

const rows = 12;
const columns = 24;
/** Products that a tensor core adds up in a step: an MMA of TF32 has K = 8. */
const step = 8;

const f32 = Math.fround;
const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

function kept(value: number, add: number, mask: number): number {
  float[0] = value;
  bits[0] = (bits[0]! + add) & mask;
  return float[0]!;
}

const seen = {
  tf32: (value: number) => kept(value, 0, 0xffffe000),
  bfloat16: (value: number) => kept(value, 0x8000, 0xffff0000),
};

/** Cuts a value off to so many bits of precision, counted from `scale`'s leading one. */
function cutTo(value: number, scale: number, precision: number): number {
  if (scale === 0) return 0;
  const unit = 2 ** (Math.floor(Math.log2(scale)) - precision + 1);
  return Math.trunc(value / unit) * unit;
}

type Accumulate = (left: Float32Array, right: Float32Array) => number;

/** As fast libraries on a CPU do: many partial sums, each rounded to float32 at every step. */
const rounding: Accumulate = (left, right) => {
  const partial = new Float32Array(16);
  for (let i = 0; i < left.length; i++) partial[i % 16] = f32(partial[i % 16]! + f32(left[i]! * right[i]!));
  return partial.reduce((sum, value) => f32(sum + value), 0);
};

const cutting =
  (precision: number): Accumulate =>
  (left, right) => {
    let sum = 0;
    for (let from = 0; from < left.length; from += step) {
      let largest = Math.abs(sum);
      const terms = [sum];
      for (let i = from; i < from + step; i++) {
        const term = left[i]! * right[i]!;
        terms.push(term);
        largest = Math.max(largest, Math.abs(term));
      }
      const added = terms.reduce((total, term) => total + cutTo(term, largest, precision), 0);
      sum = cutTo(added, Math.abs(added), 24);
    }
    return f32(sum);
  };

/** A long sum in pieces, whose sums are added in float32. */
const inPieces =
  (accumulate: Accumulate, terms: number): Accumulate =>
  (left, right) => {
    let sum = 0;
    for (let from = 0; from < left.length; from += terms) {
      sum = f32(sum + accumulate(left.subarray(from, from + terms), right.subarray(from, from + terms)));
    }
    return sum;
  };

interface Way {
  readonly name: string;
  /** A row of activations as what is multiplied with the matrix, the smallest first. */
  readonly parts: (x: Float32Array) => readonly Float32Array[];
  readonly accumulate: Accumulate;
}

function split(x: Float32Array): readonly Float32Array[] {
  const high = x.map((value) => {
    const scaled = f32(8193 * value);
    return f32(scaled - f32(scaled - value));
  });
  const low = x.map((value, i) => seen.tf32(f32(value - high[i]!)));
  return [low, high];
}

const ways: readonly Way[] = [
  { name: 'float32', parts: (x) => [x], accumulate: rounding },
  { name: 'exact, sums rounded', parts: split, accumulate: rounding },
  { name: 'exact, sums cut to 24 bits', parts: split, accumulate: cutting(24) },
  { name: 'exact, sums cut from 25 bits', parts: split, accumulate: cutting(25) },
  ...[4096, 1024].map((terms) => ({
    name: `the same, in pieces of ${terms}`,
    parts: split,
    accumulate: inPieces(cutting(25), terms),
  })),
  { name: 'tf32, sums rounded', parts: (x) => [x.map(seen.tf32)], accumulate: rounding },
  { name: 'bfloat16 operands, sums rounded', parts: (x) => [x.map(seen.bfloat16)], accumulate: rounding },
];

/** Largest error over the largest value, of activations with a matrix of bf16. */
function errorOf({ parts, accumulate }: Way, x: readonly Float32Array[], w: readonly Float32Array[]): number {
  let [largest, worst] = [0, 0];
  for (const row of x) {
    const pieces = parts(row);
    for (const column of w) {
      const exact = row.reduce((sum, value, i) => sum + value * column[i]!, 0);
      const found = pieces.reduce((sum, piece) => f32(sum + accumulate(piece, column)), 0);
      largest = Math.max(largest, Math.abs(exact));
      worst = Math.max(worst, Math.abs(found - exact));
    }
  }
  return worst / largest;
}

/** A table: error of products of 1024, 4096 and 12288 terms. */
export function benchProducts(): void {
  const lengths = [1024, 4096, 12288];
  console.log(`\n| largest error over the largest value | ${lengths.map((terms) => `${terms} terms`).join(' | ')} |`);
  console.log(`|---|${'---|'.repeat(lengths.length)}`);
  const data = lengths.map((terms) => {
    const random = generator(11);
    const bell = () => (random() + random() + random() - 1.5) * 2;
    const x = Array.from({ length: rows }, () => Float32Array.from({ length: terms }, bell));
    const w = Array.from({ length: columns }, () => Float32Array.from({ length: terms }, () => seen.bfloat16(bell())));
    return { x, w };
  });
  for (const way of ways) {
    console.log(`| ${way.name} | ${data.map(({ x, w }) => errorOf(way, x, w).toExponential(1)).join(' | ')} |`);
  }
}
