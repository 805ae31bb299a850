import { TensorProto_DataType } from '../../onnx/gen/onnx-ml_pb.ts';
import type { GraphScope } from '../../onnx/graphScope.ts';
import type { Value } from '../../onnx/value.ts';
import { linear, linearBackward } from '../products/linear.ts';
import type { Linear } from '../products/weights.ts';
import { gatherRows, reshape } from '../shapes.ts';
import { asFloat, asIndices } from './routing.ts';

/*
 * Lays rows out by the expert that they are given to, in ONNX nodes, so that each expert is multiplied with its own rows
 * alone. A row that is given to k experts is there k times: `A = R k` assignments, those of the first expert first.
 */

export interface Dispatch {
  /** The row of each assignment, `[A]`, int64. */
  readonly rows: Value;
  /** Of each assignment its place among `[R, k]` end to end, `[A]`, int64. */
  readonly order: Value;
  /** Where each row's assignments lie, `[R, k]`; as float32, since sections give nothing else. */
  readonly places: Value;
  /** Assignments of each expert, `[E]`, int64. */
  readonly counts: Value;
}

/** @param chosen experts of each row, `[R, k]`, float32 */
export function dispatch(scope: GraphScope, chosen: Value, experts: number, perToken: number): Dispatch {
  const { initializers } = scope;
  const flat = asIndices(scope, reshape(scope, chosen, [-1]));
  const all = scope.op('Shape', [flat]);
  const ascending = { axis: 0, largest: 0, sorted: 1 };
  const order = scope.ops('TopK', [flat, all], 2, ascending)[1]!;
  const inverse = scope.ops('TopK', [order, all], 2, ascending)[1]!;
  const numbers = initializers.ints(Array.from({ length: experts }, (_, expert) => expert));
  const isOf = scope.op('Equal', [reshape(scope, flat, [-1, 1]), numbers]);
  const ones = scope.op('Cast', [isOf], { to: TensorProto_DataType.INT64 });
  return {
    rows: scope.op('Div', [order, initializers.ints([perToken])]),
    order,
    places: asFloat(scope, reshape(scope, inverse, [-1, perToken])),
    counts: scope.op('ReduceSum', [ones, initializers.ints([0])], { keepdims: 0 }),
  };
}

/** `[R, width]` of rows to `[A, width]` of their assignments. */
export function toExperts(scope: GraphScope, x: Value, { rows }: Dispatch): Value {
  return gatherRows(scope, x, rows);
}

/** `[A, width]` of assignments to `[R, k, width]`, or at other places of assignments. */
export function byRow(scope: GraphScope, x: Value, places: Value): Value {
  return gatherRows(scope, x, asIndices(scope, places));
}

/** `[A, width]` of assignments summed over each row's, `[R, width]`. */
export function sumsByRow(scope: GraphScope, x: Value, places: Value): Value {
  return scope.op('ReduceSum', [byRow(scope, x, places), scope.initializers.ints([1])], { keepdims: 0 });
}

function parts(scope: GraphScope, x: Value, { counts }: Dispatch, experts: number): Value[] {
  return experts === 1 ? [x] : scope.ops('Split', [x, counts], experts, { axis: 0 });
}

/** A map whose weights are widened no sooner than `all` is known: an expert may have no row to be held back by. */
const heldBackBy = (all: Value, { weight, bias }: Linear): Linear => ({ weight: (scope) => weight(scope, all), bias });

/** Each expert's linear maps of its own assignments, `[A, in]` to `[A, out]` a map. */
export function expertsLinear(
  scope: GraphScope,
  x: Value,
  dispatched: Dispatch,
  maps: readonly (readonly Linear[])[],
): Value[] {
  const own = parts(scope, x, dispatched, maps[0]!.length);
  return maps.map((experts) =>
    scope.op(
      'Concat',
      experts.map((map, expert) => linear(scope, own[expert]!, heldBackBy(x, map))),
      { axis: 0 },
    ),
  );
}

/**
 * Gradient with respect to the input of maps that share it: `[A, out]` each to `[A, in]`.
 * @param after weights are widened no sooner than this is known; each gradient, unless said
 */
export function expertsBackward(
  scope: GraphScope,
  gradients: readonly (readonly [Value, readonly Linear[]])[],
  dispatched: Dispatch,
  after?: Value,
): Value {
  const experts = gradients[0]![1].length;
  const cut = gradients.map(([gradient, maps]) => ({
    gradient,
    maps,
    own: parts(scope, gradient, dispatched, experts),
  }));
  const sums = Array.from({ length: experts }, (_, expert) =>
    linearBackward(
      scope,
      cut.map(({ gradient, maps, own }) => [own[expert]!, heldBackBy(after ?? gradient, maps[expert]!)]),
    ),
  );
  return scope.op('Concat', sums, { axis: 0 });
}
