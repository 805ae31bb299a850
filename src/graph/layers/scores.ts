import type { GraphScope } from '../onnx/graphScope.ts';
import type { Value } from '../onnx/value.ts';
import { linearBackward } from './products/linear.ts';
import type { Linear } from './products/weights.ts';
import { sumLast } from './shapes.ts';

/* The scores of neurons in ONNX nodes: what each adds to the target's logit. */

/** Score of a k_proj or v_proj neuron: gradient × activation summed over rows, `[N, T, W] × [T, W]` → `[N, W]`. */
export function keyValueScore(scope: GraphScope, gradient: Value, activation: Value): Value {
  const product = scope.op('Mul', [gradient, activation]);
  return scope.op('ReduceSum', [product, scope.initializers.ints([1])], { keepdims: 0 });
}

/**
 * Exact scores of input columns (paper eq. 2–3, final norm frozen, and the write's own where it has one): `aᵢ(t) ⟨W[:, i], d⟩`.
 * @param input what `o_proj` or `down_proj` reads at the target rows, `[N, H·hd]` or `[N, I]`
 * @param direction `d` of each target at its output, `[N, D]`
 * @param after what is known only when the layer's backward is done
 */
export function writeScore(scope: GraphScope, map: Linear, input: Value, direction: Value, after: Value): Value {
  return scope.op('Mul', [input, linearBackward(scope, [[direction, map]], after)]);
}

/** What each of a layer's two block writes adds to the target logit: `⟨attention, d⟩` and `⟨mlp, d⟩`, `[N, 2]`. */
export function alongDirection(scope: GraphScope, attention: Value, mlp: Value, direction: Value): Value {
  const along = (write: Value) => sumLast(scope, scope.op('Mul', [write, direction]));
  return scope.op('Concat', [along(attention), along(mlp)], { axis: 1 });
}
