/** A tensor's shape seen as a matrix: the first axis makes up the rows, all others the columns; a vector is one row. */
export function matrixShape(shape: readonly number[]): { readonly rows: number; readonly columns: number } {
  const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);
  return shape.length < 2
    ? { rows: 1, columns: product(shape) }
    : { rows: shape[0]!, columns: product(shape.slice(1)) };
}
