import type { GraphScope } from '../onnx/graphScope.ts';
import type { Value } from '../onnx/value.ts';
import { linear, linearBackward } from './linear.ts';
import type { LayerWeights } from './weights.ts';

/* The feed-forward block of a decoder layer in ONNX nodes, forward and backward. */

/** The gated feed-forward block `down(silu(gate(x)) ⊙ up(x))`. Shapes `[rows, I]` but for `write [rows, D]`. */
export interface Mlp {
  readonly gate: Value;
  readonly up: Value;
  /** `sigmoid(gate)`. */
  readonly sigmoid: Value;
  /** Input of `down_proj`. */
  readonly hidden: Value;
  /** What the block adds to the residual stream. */
  readonly write: Value;
}

export function mlp(scope: GraphScope, weights: LayerWeights, x: Value): Mlp {
  const gate = linear(scope, x, weights.gate_proj);
  const up = linear(scope, x, weights.up_proj);
  const sigmoid = scope.op('Sigmoid', [gate]);
  const hidden = scope.op('Mul', [scope.op('Mul', [gate, sigmoid]), up]);
  return { gate, up, sigmoid, hidden, write: linear(scope, hidden, weights.down_proj) };
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

/** `d silu(z)/dz = s (1 + z (1 − s))` with `s = sigmoid(z)`, times `up`; and `silu(gate)`. */
export function mlpSlopes(scope: GraphScope, { gate, up, sigmoid }: Mlp): MlpSlopes {
  const one = scope.initializers.scalar(1);
  const complement = scope.op('Sub', [one, sigmoid]);
  const slope = scope.op('Mul', [sigmoid, scope.op('Add', [one, scope.op('Mul', [gate, complement])])]);
  return { gate: scope.op('Mul', [up, slope]), up: scope.op('Mul', [gate, sigmoid]) };
}

/** @param slopes and @param gradient at the block's write: of the same rows, `[rows, I]` and `[rows, D]`. */
export function mlpBackward(
  scope: GraphScope,
  weights: LayerWeights,
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
