import type { GraphScope } from '../../onnx/graphScope.ts';
import type { Value } from '../../onnx/value.ts';
import { addedProduct, plainLinear, product } from './products.ts';
import type { Linear } from './weights.ts';

/* A linear map in ONNX nodes, forward and backward. */

/** `x Wᵀ + b` for `x [rows, in]`. */
export function linear(scope: GraphScope, x: Value, { weight, bias }: Linear): Value {
  const matrix = weight(scope, x);
  if (!scope.arithmetic.split) return plainLinear(scope, x, matrix[0], bias);
  const sum = addedProduct(scope, undefined, x, matrix, true);
  // By itself: the runtime adds a bias inside a product by another product, with ones, on the same units.
  return bias === undefined ? sum : scope.op('Add', [sum, bias]);
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
  if (scope.arithmetic.split) {
    let sum: Value | undefined;
    for (const [gradient, { weight }] of gradients) {
      sum = addedProduct(scope, sum, gradient, weight(scope, after ?? gradient), false);
    }
    return sum!;
  }
  const products = gradients.map(([gradient, { weight }]) =>
    product(scope, gradient, weight(scope, after ?? gradient)[0]),
  );
  return products.reduce((sum, each) => scope.op('Add', [sum, each]));
}
