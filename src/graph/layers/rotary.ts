import type { GraphScope } from '../onnx/graphScope.ts';
import type { Value } from '../onnx/value.ts';

/* Applies the rotary position embedding (RoPE) in ONNX nodes, forward and backward. */

/** Rotary tables in the graph, broadcastable over heads: `[rows, 1, hd]` each. */
export interface Rotary {
  readonly cos: Value;
  readonly sin: Value;
}

function halves(scope: GraphScope, x: Value, headDim: number): [Value, Value] {
  const { initializers } = scope;
  const slice = (start: number, end: number) =>
    scope.op('Slice', [x, initializers.ints([start]), initializers.ints([end]), initializers.ints([-1])]);
  return [slice(0, headDim / 2), slice(headDim / 2, headDim)];
}

/** `x cos + rotate(x) sin` with `rotate([a, b]) = [−b, a]` (arXiv 2104.09864); `x [..., rows, heads, hd]`. */
export function rotate(scope: GraphScope, x: Value, { cos, sin }: Rotary, headDim: number): Value {
  const [a, b] = halves(scope, x, headDim);
  const turned = scope.op('Concat', [scope.op('Neg', [b]), a], { axis: -1 });
  return scope.op('Add', [scope.op('Mul', [x, cos]), scope.op('Mul', [turned, sin])]);
}

/** Gradient of {@link rotate}: `g cos + rotateᵀ(g sin)` with `rotateᵀ([a, b]) = [b, −a]`. */
export function rotateBackward(scope: GraphScope, gradient: Value, { cos, sin }: Rotary, headDim: number): Value {
  const [a, b] = halves(scope, scope.op('Mul', [gradient, sin]), headDim);
  const turned = scope.op('Concat', [b, scope.op('Neg', [a])], { axis: -1 });
  return scope.op('Add', [scope.op('Mul', [gradient, cos]), turned]);
}
