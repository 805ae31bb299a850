import type { GraphScope } from '../onnx/graphScope.ts';
import type { Value } from '../onnx/value.ts';

/* Soft capping of logits in ONNX nodes, forward and backward. */

export interface Capped {
  /** `cap · tanh(x / cap)`. */
  readonly y: Value;
  readonly tanh: Value;
}

export function softCap(scope: GraphScope, x: Value, cap: number): Capped {
  const tanh = scope.op('Tanh', [scope.op('Mul', [x, scope.initializers.scalar(1 / cap)])]);
  return { y: scope.op('Mul', [tanh, scope.initializers.scalar(cap)]), tanh };
}

/** Gradient with respect to `x` from that with respect to `y`: `g (1 − tanh²)`. */
export function softCapBackward(scope: GraphScope, { tanh }: Capped, gradient: Value): Value {
  const slope = scope.op('Sub', [scope.initializers.scalar(1), scope.op('Mul', [tanh, tanh])]);
  return scope.op('Mul', [gradient, slope]);
}
