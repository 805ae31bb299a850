/* What a logit is the sum of, by name: embedding, two writes a layer, the head's bias. Pure. */

export type TermKind = 'embedding' | 'attention' | 'feed-forward' | 'bias';

/** One of the terms that add up to a logit. */
export interface Term {
  readonly kind: TermKind;
  /** Undefined for embedding and bias. */
  readonly layer: number | undefined;
  readonly name: string;
  readonly value: number;
  /** The sum of those before it. */
  readonly from: number;
}

/** @param values as src/method/contributions.ts orders them; a bias of 0 is none, and left out */
export function termsOf(values: ArrayLike<number>): Term[] {
  let from = 0;
  const length = values[values.length - 1] === 0 ? values.length - 1 : values.length;
  return Array.from({ length }, (_, i): Term => {
    const value = values[i]!;
    const start = from;
    from += value;
    if (i === 0) return { kind: 'embedding', layer: undefined, name: 'embedding', value, from: start };
    if (i === values.length - 1)
      return { kind: 'bias', layer: undefined, name: 'bias of the head', value, from: start };
    const layer = Math.floor((i - 1) / 2);
    const kind = i % 2 === 1 ? 'attention' : 'feed-forward';
    return { kind, layer, name: `layer ${layer} ${kind}`, value, from: start };
  });
}

/** Term by term the first less the second. */
export function differenceOf(one: Float32Array, other: Float32Array): Float64Array {
  return Float64Array.from(one, (value, i) => value - other[i]!);
}
