import type { GraphScope } from '../onnx/graphScope.ts';
import type { Value } from '../onnx/value.ts';
import { linearBackward } from './products/linear.ts';
import type { LayerWeights } from './products/weights.ts';
import { sumLast } from './shapes.ts';

/* The scores of neurons in ONNX nodes: what each adds to the target's logit. */

/** Score of a k_proj or v_proj neuron: gradient × activation summed over rows, `[N, T, W] × [T, W]` → `[N, W]`. */
export function keyValueScore(scope: GraphScope, gradient: Value, activation: Value): Value {
  const product = scope.op('Mul', [gradient, activation]);
  return scope.op('ReduceSum', [product, scope.initializers.ints([1])], { keepdims: 0 });
}

/**
 * Exact scores of input columns (paper eq. 2–3, final norm frozen, and the write's own where it has one): `aᵢ(t) ⟨W[:, i], d⟩`.
 * @param inputs what `o_proj` and `down_proj` read at the target rows, `[N, H·hd]` and `[N, I]`
 * @param directions `d` of each target, `[N, D]`, at the outputs of `o_proj` and `down_proj`
 * @param after what is known only when the layer's backward is done
 */
export function writeScores(
  scope: GraphScope,
  weights: LayerWeights,
  inputs: { readonly mixed: Value; readonly hidden: Value },
  directions: { readonly o_proj: Value; readonly down_proj: Value },
  after: Value,
): { readonly o_proj: Value; readonly down_proj: Value } {
  const score = (activation: Value, projection: 'o_proj' | 'down_proj') =>
    scope.op('Mul', [activation, linearBackward(scope, [[directions[projection], weights[projection]]], after)]);
  return { o_proj: score(inputs.mixed, 'o_proj'), down_proj: score(inputs.hidden, 'down_proj') };
}

/** What each of a layer's two block writes adds to the target logit: `⟨attention, d⟩` and `⟨mlp, d⟩`, `[N, 2]`. */
export function alongDirection(scope: GraphScope, attention: Value, mlp: Value, direction: Value): Value {
  const along = (write: Value) => sumLast(scope, scope.op('Mul', [write, direction]));
  return scope.op('Concat', [along(attention), along(mlp)], { axis: 1 });
}
