import type { GraphScope } from '../onnx/graphScope.ts';
import type { Value } from '../onnx/value.ts';
import { gatherRows } from './shapes.ts';

/* RMSNorm in ONNX nodes, forward and backward. */

/** RMSNorm over the last axis (arXiv 1910.07467), with what its backward needs. */
export interface RmsNorm {
  /** The input. */
  readonly x: Value;
  readonly gamma: Value;
  /** `1 / sqrt(mean(x²) + eps)`, last axis kept with size 1. */
  readonly scale: Value;
  /** `gamma ⊙ x · scale`. */
  readonly y: Value;
}

export function rmsScale(scope: GraphScope, x: Value, eps: number): Value {
  const { initializers } = scope;
  const mean = scope.op('ReduceMean', [scope.op('Mul', [x, x]), initializers.ints([-1])], { keepdims: 1 });
  return scope.op('Reciprocal', [scope.op('Sqrt', [scope.op('Add', [mean, initializers.scalar(eps)])])]);
}

export function rmsNorm(scope: GraphScope, x: Value, gamma: Value, eps: number): RmsNorm {
  const scale = rmsScale(scope, x, eps);
  return { x, gamma, scale, y: scope.op('Mul', [scope.op('Mul', [x, scale]), gamma]) };
}

/** The norm at rows of its input, `[n, D]`, as its backward needs it there. */
export function rmsNormAt(scope: GraphScope, { x, gamma, scale }: Omit<RmsNorm, 'y'>, rows: Value): Omit<RmsNorm, 'y'> {
  return { x: gatherRows(scope, x, rows), gamma, scale: gatherRows(scope, scale, rows) };
}

/**
 * Gradient with respect to `x` from the gradient with respect to `y`; the latter may have a leading batch axis.
 * With `u = gamma ⊙ g`: `scale · u − x · scale³ · mean(u ⊙ x)`.
 */
export function rmsNormBackward(scope: GraphScope, { x, gamma, scale }: Omit<RmsNorm, 'y'>, gradient: Value): Value {
  const u = scope.op('Mul', [gradient, gamma]);
  return rmsScaleBackward(scope, x, scale, u);
}

/** The same for a norm without `gamma`, from `u`, the gradient with respect to `x · scale`. */
export function rmsScaleBackward(scope: GraphScope, x: Value, scale: Value, u: Value): Value {
  const inner = scope.op('ReduceMean', [scope.op('Mul', [u, x]), scope.initializers.ints([-1])], { keepdims: 1 });
  const cube = scope.op('Mul', [scope.op('Mul', [scale, scale]), scale]);
  const along = scope.op('Mul', [x, scope.op('Mul', [inner, cube])]);
  return scope.op('Sub', [scope.op('Mul', [u, scale]), along]);
}
