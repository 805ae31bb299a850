import type { GraphScope } from '../onnx/graphScope.ts';
import type { Value } from '../onnx/value.ts';
import type { Linear } from './weights.ts';

/* A linear map in ONNX nodes, forward and backward. */

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
