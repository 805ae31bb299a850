import type { GraphScope, Value } from './graphScope.ts';
import type { Linear } from './weights.ts';

/** `x Wᵀ + b` for `x [rows, in]`. */
export function linear(scope: GraphScope, x: Value, { weight, bias }: Linear): Value {
  const matrix = weight(scope, x);
  return scope.op('Gemm', bias === undefined ? [x, matrix] : [x, matrix, bias], { transB: 1 });
}

/**
 * Gradient with respect to the input of several linear maps that share it: `Σ gᵢ Wᵢ`, each `g [rows, out]`.
 * @param after weights are widened no sooner than this is known; each gradient, unless said
 */
export function linearBackward(
  scope: GraphScope,
  gradients: readonly (readonly [Value, Linear])[],
  after?: Value,
): Value {
  const products = gradients.map(([gradient, { weight }]) =>
    scope.op('MatMul', [gradient, weight(scope, after ?? gradient)]),
  );
  return products.reduce((sum, product) => scope.op('Add', [sum, product]));
}

/** Puts the last axis alone: `[..., width]` → `[rows, width]`, without moving anything. */
export function flattenRows(scope: GraphScope, x: Value, width: number): Value {
  return scope.op('Reshape', [x, scope.initializers.ints([-1, width])]);
}

/** Sum over the last axis, which is kept with size 1 unless `drop` says otherwise. */
export function sumLast(scope: GraphScope, x: Value, drop = false): Value {
  return scope.op('ReduceSum', [x, scope.initializers.ints([-1])], { keepdims: drop ? 0 : 1 });
}

/** Rows of `x [rows, width]` named by `indices [n]`. */
export function gatherRows(scope: GraphScope, x: Value, indices: Value): Value {
  return scope.op('Gather', [x, indices], { axis: 0 });
}

/** Rows of `x [rows, width]` named by `indices`, of any shape; the index `rows` names a row of zeros. */
export function gatherRowsOrZero(scope: GraphScope, x: Value, indices: Value, width: number): Value {
  const zeros = scope.op('ConstantOfShape', [scope.initializers.ints([1, width])]);
  return gatherRows(scope, scope.op('Concat', [x, zeros], { axis: 0 }), indices);
}

export function reshape(scope: GraphScope, x: Value, shape: readonly number[]): Value {
  return scope.op('Reshape', [x, scope.initializers.ints(shape)]);
}

export function transpose(scope: GraphScope, x: Value, perm: readonly number[]): Value {
  return scope.op('Transpose', [x], { perm: { ints: perm } });
}
