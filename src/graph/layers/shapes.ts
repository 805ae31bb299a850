import type { GraphScope } from '../onnx/graphScope.ts';
import type { Value } from '../onnx/value.ts';

/* Small helpers that add ONNX nodes: to reshape, sum and gather rows. */

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

/** `[1, width]`. */
export function zeroRow(scope: GraphScope, width: number): Value {
  return scope.op('ConstantOfShape', [scope.initializers.ints([1, width])]);
}

/** Rows of `x [rows, width]` with a row of zeros after them. */
export function withZeroRow(scope: GraphScope, x: Value, width: number): Value {
  return scope.op('Concat', [x, zeroRow(scope, width)], { axis: 0 });
}

/** Rows of `x [rows, width]` named by `indices`, of any shape; the index `rows` names a row of zeros. */
export function gatherRowsOrZero(scope: GraphScope, x: Value, indices: Value, width: number): Value {
  return gatherRows(scope, withZeroRow(scope, x, width), indices);
}

export function reshape(scope: GraphScope, x: Value, shape: readonly number[]): Value {
  return scope.op('Reshape', [x, scope.initializers.ints(shape)]);
}

export function transpose(scope: GraphScope, x: Value, perm: readonly number[]): Value {
  return scope.op('Transpose', [x], { perm: { ints: perm } });
}
