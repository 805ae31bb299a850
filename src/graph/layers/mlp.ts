import type { GraphScope } from '../onnx/graphScope.ts';
import type { Value } from '../onnx/value.ts';
import { activations } from './activation.ts';
import type { Dimensions } from './dimensions.ts';
import { linear, linearBackward } from './products/linear.ts';
import type { SingleWeights } from './products/weights.ts';

/* The feed-forward block of a decoder layer in ONNX nodes, forward and backward. */

/** The gated feed-forward block `down(activation(gate(x)) ⊙ up(x))`. Shapes `[rows, I]` but for `output [rows, D]`. */
export interface Mlp {
  readonly gate: Value;
  readonly up: Value;
  /** What the activation keeps for its slope. */
  readonly inner: Value;
  /** Input of `down_proj`. */
  readonly hidden: Value;
  /** Output of `down_proj`. */
  readonly output: Value;
}

export function mlp(scope: GraphScope, weights: SingleWeights, x: Value, dims: Pick<Dimensions, 'activation'>): Mlp {
  const activation = activations[dims.activation];
  const gate = linear(scope, x, weights.gate_proj);
  const up = linear(scope, x, weights.up_proj);
  const inner = activation.inner(scope, gate);
  const hidden = scope.op('Mul', [activation.value(scope, gate, inner), up]);
  return { gate, up, inner, hidden, output: linear(scope, hidden, weights.down_proj) };
}

export interface MlpGradients {
  /** Gradients at the outputs of `gate_proj` and `up_proj`, `[rows, I]`. */
  readonly gate: Value;
  readonly up: Value;
  /** Gradient at the block's input, `[rows, D]`. */
  readonly x: Value;
}

/** Derivatives of the input of `down_proj` with respect to the outputs of `gate_proj` and `up_proj`, `[rows, I]`. */
export interface MlpSlopes {
  readonly gate: Value;
  readonly up: Value;
}

/** The activation's slope at the gate times `up`; and its value. */
export function mlpSlopes(
  scope: GraphScope,
  { gate, up, inner }: Mlp,
  dims: Pick<Dimensions, 'activation'>,
): MlpSlopes {
  const activation = activations[dims.activation];
  const slope = activation.slope(scope, gate, inner);
  return { gate: scope.op('Mul', [up, slope]), up: activation.value(scope, gate, inner) };
}

/** @param slopes and @param gradient at the block's output: of the same rows, `[rows, I]` and `[rows, D]`. */
export function mlpBackward(
  scope: GraphScope,
  weights: SingleWeights,
  slopes: MlpSlopes,
  gradient: Value,
): MlpGradients {
  const hidden = linearBackward(scope, [[gradient, weights.down_proj]]);
  const gateGradient = scope.op('Mul', [hidden, slopes.gate]);
  const upGradient = scope.op('Mul', [hidden, slopes.up]);
  const x = linearBackward(scope, [
    [gateGradient, weights.gate_proj],
    [upGradient, weights.up_proj],
  ]);
  return { gate: gateGradient, up: upGradient, x };
}
