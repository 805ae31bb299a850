import type { GraphScope } from '../../onnx/graphScope.ts';
import type { Value } from '../../onnx/value.ts';
import type { Dimensions } from '../dimensions.ts';
import { product } from '../products/products.ts';
import { attentionLogits } from './attention.ts';

/* Attention to rows that were computed before and lie in a key-value cache, in ONNX nodes. */

/** What a layer's key-value cache holds of S samples, P rows of each. */
export interface CachedRows {
  /** Rotated, `[S, KV, P, hd]`. */
  readonly keys: Value;
  readonly values: Value;
  /** Added to the attention logits, `[S, 1, 1, P]`, or `[S, 1, G·T, P]` of a window: very negative where a row may not look. */
  readonly mask: Value;
}

/**
 * Attention to a cache and to a run's own rows together. The cache is read where it lies: its logits are put beside the
 * others', not its keys and values beside the new ones, which would copy all of it at every step.
 * @param queries scaled, `[S, KV, G·T, hd]`
 * @param own the run's rows: masked logits `[S, KV, G·T, T]` and values `[S, KV, T, hd]`
 * @returns `[S, KV, G·T, hd]`
 */
export function pastAttention(
  scope: GraphScope,
  queries: Value,
  own: { readonly logits: Value; readonly values: Value },
  past: CachedRows,
  dims: Dimensions,
): Value {
  const { initializers } = scope;
  const pastLogits = scope.op('Add', [
    attentionLogits(scope, queries, past.keys, [0, 1, 3, 2], dims).logits,
    past.mask,
  ]);
  const logits = scope.op('Concat', [pastLogits, own.logits], { axis: -1 });
  const probabilities = scope.op('Softmax', [logits], { axis: -1 });
  const rows = scope.op('Shape', [past.keys], { start: 2, end: 3 });
  const part = (from: Value, to: Value) => scope.op('Slice', [probabilities, from, to, initializers.ints([-1])]);
  const before = product(scope, part(initializers.ints([0]), rows), past.values);
  const now = product(scope, part(rows, initializers.ints([2 ** 31 - 1])), own.values);
  return scope.op('Add', [before, now]);
}
