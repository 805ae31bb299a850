import type { GraphScope } from '../onnx/graphScope.ts';
import type { Value } from '../onnx/value.ts';
import { type RmsNorm, rmsNorm, rmsNormAt, rmsNormBackward } from './rmsNorm.ts';

/* What a block of a decoder layer adds to the residual stream, in ONNX nodes: its output, normed or scaled where the family does. */

export interface BlockWrite {
  readonly norm: RmsNorm | undefined;
  /** What the write is multiplied with. */
  readonly scale: number | undefined;
  /** What is added, `[rows, D]`. */
  readonly added: Value;
}

/**
 * @param output of `o_proj` or `down_proj`, `[rows, D]`
 * @param gamma of the norm after the block, where there is one
 */
export function blockWrite(
  scope: GraphScope,
  output: Value,
  gamma: Value | undefined,
  { eps, residualScale: scale }: { readonly eps: number; readonly residualScale: number | undefined },
): BlockWrite {
  const norm = gamma === undefined ? undefined : rmsNorm(scope, output, gamma, eps);
  return { norm, scale, added: scaled(scope, norm?.y ?? output, scale) };
}

function scaled(scope: GraphScope, x: Value, scale: number | undefined): Value {
  return scale === undefined ? x : scope.op('Mul', [x, scope.initializers.scalar(scale)]);
}

/**
 * Gradient at the block's output from that at the stream.
 * @param rows that the gradient is of; all of them where it is left out
 */
export function blockWriteBackward(
  scope: GraphScope,
  { norm, scale }: BlockWrite,
  gradient: Value,
  rows?: Value,
): Value {
  const own = scaled(scope, gradient, scale);
  if (norm === undefined) return own;
  return rmsNormBackward(scope, rows === undefined ? norm : rmsNormAt(scope, norm, rows), own);
}

/**
 * What a block's output adds to the target logit, with the norm of its write frozen: `d` times that norm's diagonal.
 * @param direction `d` of each target, `[N, D]`
 * @param rows of the targets, `[N]`; where it is left out, the write is at these rows alone
 */
export function writeDirection(scope: GraphScope, { norm, scale }: BlockWrite, direction: Value, rows?: Value): Value {
  const own = scaled(scope, direction, scale);
  if (norm === undefined) return own;
  const { gamma, scale: normed } = rows === undefined ? norm : rmsNormAt(scope, norm, rows);
  return scope.op('Mul', [scope.op('Mul', [own, gamma]), normed]);
}
