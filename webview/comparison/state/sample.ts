import type { ComparisonSample } from '../../../src/protocol/comparison.ts';

/** A sample as the host sends it, with its texts by token id. */
export type Sample = ComparisonSample & { readonly textOf: ReadonlyMap<number, string> };
