import { vectorCount } from '../../kernels/spectrumKernel.ts';
import { uniformAt } from '../../sampling/uniform.ts';
import { symmetricEigen } from './symmetricEigen.ts';

/*
 * The largest singular values of a matrix that can only be multiplied: a block Krylov method from a random start. All
 * vectors of all passes are kept, which brings it much nearer than the last pass alone (Musco and Musco, 2015).
 */

/** What a matrix A is known by. */
export interface Multiplied {
  readonly columns: number;
  /** AᵀA times each vector, `[columns]` each; what is asked for is float32. @param vectors at most {@link vectorCount} */
  multiply(vectors: readonly Float64Array[]): Float64Array[];
}

/** Squares of singular values, largest first, and what each is off by at most. */
export interface LargestSquares {
  readonly squares: readonly number[];
  readonly errors: readonly number[];
}

const mostPasses = 8;
/** Passes end once no value is off by more than this share of itself. */
const goodEnough = 0.005;
/** What float32 products leave of each vector, by the largest value: directions below are none. */
const rounding = 2e-6;

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function addTimes(to: Float64Array, from: Float64Array, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i]! += factor * from[i]!;
}

/** Normal random numbers, the same for a tensor whatever computes it. */
function randomVector(length: number, vector: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniformAt(0, vector, i, 0)));
    return radius * Math.cos(2 * Math.PI * uniformAt(0, vector, i, 1));
  });
}

/** What of the candidates is new, as float32 vectors of length 1, orthogonal to the known and to each other. */
function orthonormal(known: readonly Float64Array[], candidates: readonly Float64Array[], least: number) {
  const found: Float64Array[] = [];
  for (const candidate of candidates) {
    const vector = candidate.slice();
    // Twice is enough.
    for (let again = 0; again < 2; again++) {
      for (const other of [...known, ...found]) addTimes(vector, other, -dot(vector, other));
    }
    const length = Math.sqrt(dot(vector, vector));
    if (!(length > least)) continue;
    found.push(vector.map((value) => Math.fround(value / length)));
  }
  return found;
}

/**
 * Squares of the largest singular values of a matrix, at most {@link vectorCount}. None is larger than the true one, but for
 * float32's rounding; the errors are the residuals of each: as far, at most, lies an eigenvalue of AᵀA.
 */
export function largestSquares({ columns, multiply }: Multiplied, wanted: number): LargestSquares {
  const basis: Float64Array[] = [];
  const images: Float64Array[] = [];
  const start = Array.from({ length: Math.min(vectorCount, columns) }, (_, i) => randomVector(columns, i));
  let block = orthonormal([], start, 0);
  let found: LargestSquares = { squares: [], errors: [] };
  for (let pass = 0; pass < mostPasses && block.length > 0; pass++) {
    const products = multiply(block);
    basis.push(...block);
    images.push(...products);
    const { values, vectors } = symmetricEigen(projected(basis, images));
    const largest = Math.max(values[0] ?? 0, 0);
    if (largest === 0) return { squares: [0], errors: [0] };
    const kept = values.slice(0, wanted);
    const floor = rounding * largest;
    const errors = kept.map((value, i) => residual(basis, images, vectors[i]!, value) + floor);
    found = { squares: kept.map((value) => Math.max(value, 0)), errors };
    if (kept.length === wanted && kept.every((value, i) => errors[i]! <= 2 * goodEnough * value)) break;
    block = orthonormal(basis, products, floor);
  }
  return found;
}

/** AᵀA seen within the basis. */
function projected(basis: readonly Float64Array[], images: readonly Float64Array[]): Float64Array[] {
  const full = basis.map((vector) => Float64Array.from(images, (image) => dot(vector, image)));
  return full.map((row, i) => row.map((value, j) => (value + full[j]![i]!) / 2));
}

/** Length of `AᵀA x - value x` for the combination x of the basis. */
function residual(
  basis: readonly Float64Array[],
  images: readonly Float64Array[],
  weights: Float64Array,
  value: number,
) {
  const rest = new Float64Array(basis[0]!.length);
  weights.forEach((weight, i) => {
    addTimes(rest, images[i]!, weight);
    addTimes(rest, basis[i]!, -value * weight);
  });
  return Math.sqrt(dot(rest, rest));
}
