import type { GraphScope } from '../onnx/graphScope.ts';
import { heldBack, zeroOf } from '../onnx/ordering.ts';
import type { Value } from '../onnx/value.ts';
import { type RmsNorm, rmsNorm, rmsNormAt, rmsNormBackward } from './rmsNorm.ts';
import { gatherRows } from './shapes.ts';

/* What a block of a decoder layer reads of the residual stream, in ONNX nodes: its norm, or the stream as it is. */

export interface BlockInput {
  /** The stream, `[rows, D]`. */
  readonly x: Value;
  readonly norm: RmsNorm | undefined;
  /** What the block reads, `[rows, D]`. */
  readonly y: Value;
}

/** @param gamma of the norm before the block, where there is one */
export function blockInput(scope: GraphScope, stream: Value, gamma: Value | undefined, eps: number): BlockInput {
  if (gamma === undefined) return { x: stream, norm: undefined, y: stream };
  const norm = rmsNorm(scope, stream, gamma, eps);
  return { x: stream, norm, y: norm.y };
}

/** The same at some rows. */
export function blockInputAt(scope: GraphScope, { x, norm, y }: BlockInput, rows: Value): BlockInput {
  if (norm === undefined) {
    const some = gatherRows(scope, x, rows);
    return { x: some, norm: undefined, y: some };
  }
  const at = rmsNormAt(scope, norm, rows);
  const some = gatherRows(scope, y, rows);
  return { x: at.x, norm: { ...at, y: some }, y: some };
}

/**
 * Gradient at the stream from that at what the block reads.
 * @param rows that the gradient is of; all of them where it is left out
 * @param after the norm is gathered there no sooner than this is known
 */
export function blockInputBackward(
  scope: GraphScope,
  { norm }: BlockInput,
  gradient: Value,
  at?: { readonly rows: Value; readonly after?: Value },
): Value {
  if (norm === undefined) return gradient;
  return rmsNormBackward(scope, normAtRows(scope, norm, at), gradient);
}

function normAtRows(scope: GraphScope, norm: RmsNorm, at?: { readonly rows: Value; readonly after?: Value }) {
  if (at === undefined) return norm;
  const x = at.after === undefined ? norm.x : heldBack(scope, norm.x, zeroOf(scope, at.after));
  return rmsNormAt(scope, { ...norm, x }, at.rows);
}
