import type { GraphScope } from '../../onnx/graphScope.ts';
import type { Value } from '../../onnx/value.ts';
import type { Rotation } from '../dimensions.ts';

/* Applies the rotary position embedding (RoPE) in ONNX nodes, forward and backward. */

/** Rotary tables in the graph, broadcastable over heads: `[rows, 1, hd]` each. */
export interface Rotary {
  readonly cos: Value;
  readonly sin: Value;
}

/** What rotates a layer's queries, and its keys; undefined where the layer rotates nothing. */
export interface LayerRotary {
  readonly queries: Rotary;
  readonly keys: Rotary;
}

/** The rotated halves, and what is not rotated. */
function halves(scope: GraphScope, x: Value, { headDim, rotated }: Rotation): [Value, Value, ...Value[]] {
  const { initializers } = scope;
  const slice = (start: number, end: number) =>
    scope.op('Slice', [x, initializers.ints([start]), initializers.ints([end]), initializers.ints([-1])]);
  const [a, b] = [slice(0, rotated / 2), slice(rotated / 2, rotated)];
  return rotated === headDim ? [a, b] : [a, b, slice(rotated, headDim)];
}

/** Each element's neighbour in its pair, and with `sign` the first of a pair times `sign`, the second times `−sign`. */
function neighbours(scope: GraphScope, x: Value, { headDim }: Rotation, sign: 1 | -1): Value {
  const { initializers } = scope;
  const places = initializers.ints(Array.from({ length: headDim }, (_, i) => i ^ 1));
  const signs = Float32Array.from({ length: headDim }, (_, i) => (i % 2 === 0 ? sign : -sign));
  const turned = scope.op('Gather', [x, places], { axis: -1 });
  return scope.op('Mul', [turned, initializers.floats(`signs ${sign} ${headDim}`, signs)]);
}

/** `[−b, a]` of halves, or of each pair of neighbours; what is not rotated meets a sine of 0. */
function turn(scope: GraphScope, x: Value, rotation: Rotation): Value {
  if (rotation.pairs === 'neighbours') return neighbours(scope, x, rotation, -1);
  const [a, b, ...rest] = halves(scope, x, rotation);
  return scope.op('Concat', [scope.op('Neg', [b]), a, ...rest], { axis: -1 });
}

/** Its transpose, `[b, −a]`. */
function turnBack(scope: GraphScope, x: Value, rotation: Rotation): Value {
  if (rotation.pairs === 'neighbours') return neighbours(scope, x, rotation, 1);
  const [a, b, ...rest] = halves(scope, x, rotation);
  return scope.op('Concat', [b, scope.op('Neg', [a]), ...rest], { axis: -1 });
}

/** `x cos + turn(x) sin` (arXiv 2104.09864); `x [..., rows, heads, hd]`. */
export function rotate(scope: GraphScope, x: Value, { cos, sin }: Rotary, rotation: Rotation): Value {
  const turned = turn(scope, x, rotation);
  return scope.op('Add', [scope.op('Mul', [x, cos]), scope.op('Mul', [turned, sin])]);
}

/** Gradient of {@link rotate}: `g cos + turnᵀ(g sin)`. */
export function rotateBackward(scope: GraphScope, gradient: Value, { cos, sin }: Rotary, rotation: Rotation): Value {
  const turned = turnBack(scope, scope.op('Mul', [gradient, sin]), rotation);
  return scope.op('Add', [scope.op('Mul', [gradient, cos]), turned]);
}
