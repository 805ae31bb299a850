/* Eigenvalues of small symmetric matrices, by Jacobi's rotations. */

const mostSweeps = 30;

/**
 * Eigenvalues, largest first, and vectors of a symmetric matrix.
 * @param matrix `[size, size]`; only read
 * @returns `vectors[i]` of `values[i]`, `[size]`
 */
export function symmetricEigen(matrix: readonly Float64Array[]): {
  readonly values: readonly number[];
  readonly vectors: readonly Float64Array[];
} {
  const size = matrix.length;
  const a = matrix.map((row) => row.slice());
  // Rows are the vectors.
  const v = matrix.map((_, i) => Float64Array.from({ length: size }, (__, j) => (i === j ? 1 : 0)));
  const least = a.reduce((most, row, i) => Math.max(most, Math.abs(row[i]!)), 0) * 1e-17;
  for (let sweep = 0; sweep < mostSweeps; sweep++) {
    let turned = false;
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) turned = rotate(a, v, p, q, least) || turned;
    }
    if (!turned) break;
  }
  const order = a.map((_, i) => i).sort((i, j) => a[j]![j]! - a[i]![i]!);
  return { values: order.map((i) => a[i]![i]!), vectors: order.map((i) => v[i]!) };
}

/** Makes an element off the diagonal 0. @returns false where it is no more than `least` */
function rotate(a: readonly Float64Array[], v: readonly Float64Array[], p: number, q: number, least: number): boolean {
  const [rowP, rowQ] = [a[p]!, a[q]!];
  const off = rowP[q]!;
  if (Math.abs(off) <= least) return false;
  const ratio = (rowQ[q]! - rowP[p]!) / (2 * off);
  const tangent = Math.sign(ratio || 1) / (Math.abs(ratio) + Math.hypot(ratio, 1));
  const cosine = 1 / Math.hypot(tangent, 1);
  const sine = tangent * cosine;
  for (const row of a) {
    const [left, right] = [row[p]!, row[q]!];
    row[p] = cosine * left - sine * right;
    row[q] = sine * left + cosine * right;
  }
  turnRows(rowP, rowQ, cosine, sine);
  turnRows(v[p]!, v[q]!, cosine, sine);
  return true;
}

function turnRows(first: Float64Array, second: Float64Array, cosine: number, sine: number): void {
  for (let i = 0; i < first.length; i++) {
    const [left, right] = [first[i]!, second[i]!];
    first[i] = cosine * left - sine * right;
    second[i] = sine * left + cosine * right;
  }
}
