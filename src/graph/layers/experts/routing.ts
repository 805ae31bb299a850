import type { Experts } from '../../../checkpoint/architecture/architecture.ts';
import { TensorProto_DataType } from '../../onnx/gen/onnx-ml_pb.ts';
import type { GraphScope } from '../../onnx/graphScope.ts';
import type { Value } from '../../onnx/value.ts';
import { linear, linearBackward } from '../products/linear.ts';
import type { Linear } from '../products/weights.ts';
import { gatherRows, sumLast } from '../shapes.ts';

/* Which experts a row is given to, and how their outputs are weighed, in ONNX nodes, forward and backward. */

type RoutingForm = Pick<Experts, 'perToken' | 'normalised'>;

/** What the router makes of `R` rows: `E` experts, `k` of them for each row. */
export interface Routing {
  /** Softmax over all experts, `[R, E]`. */
  readonly probabilities: Value;
  /** Each row's experts, the likeliest first, `[R, k]`; as float32, since sections give nothing else. */
  readonly chosen: Value;
  /** What their outputs are multiplied with, `[R, k]`. */
  readonly weights: Value;
}

/** @param x what the block reads, `[R, D]` */
export function routing(scope: GraphScope, router: Linear, x: Value, { perToken, normalised }: RoutingForm): Routing {
  const probabilities = scope.op('Softmax', [linear(scope, x, router)], { axis: -1 });
  const [values, indices] = scope.ops('TopK', [probabilities, scope.initializers.ints([perToken])], 2, { axis: -1 });
  const weights = normalised ? scope.op('Div', [values!, sumLast(scope, values!)]) : values!;
  return { probabilities, chosen: asFloat(scope, indices!), weights };
}

/** The same at some rows. */
export function routingAt(scope: GraphScope, { probabilities, chosen, weights }: Routing, rows: Value): Routing {
  const at = (x: Value) => gatherRows(scope, x, rows);
  return { probabilities: at(probabilities), chosen: at(chosen), weights: at(weights) };
}

/**
 * Gradient at what the block reads, by way of the weights; which experts are chosen is constant.
 * @param gradient at the weights, `[R, k]`
 * @returns `[R, D]`
 */
export function routingBackward(
  scope: GraphScope,
  router: Linear,
  { probabilities, chosen, weights }: Routing,
  gradient: Value,
  { normalised }: RoutingForm,
): Value {
  // Softmax's Jacobian. Divided by their sum, the weights are a softmax over the chosen alone.
  const mean = sumLast(scope, scope.op('Mul', [weights, gradient]));
  const spread = (values: Value) => atExperts(scope, probabilities, chosen, values);
  const logits = normalised
    ? spread(scope.op('Mul', [weights, scope.op('Sub', [gradient, mean])]))
    : scope.op('Mul', [probabilities, scope.op('Sub', [spread(gradient), mean])]);
  return linearBackward(scope, [[logits, router]]);
}

/** Values of each row's experts, `[R, k]`, put in the experts' places, `[R, E]`; zero elsewhere. */
function atExperts(scope: GraphScope, probabilities: Value, chosen: Value, values: Value): Value {
  const zeros = scope.op('Mul', [probabilities, scope.initializers.scalar(0)]);
  return scope.op('ScatterElements', [zeros, asIndices(scope, chosen), values], { axis: 1 });
}

/** Whole numbers far below 2²⁴. */
export function asFloat(scope: GraphScope, indices: Value): Value {
  return scope.op('Cast', [indices], { to: TensorProto_DataType.FLOAT });
}

export function asIndices(scope: GraphScope, numbers: Value): Value {
  return scope.op('Cast', [numbers], { to: TensorProto_DataType.INT64 });
}
