/** Name of a tensor inside a graph. */
export type Value = string & { readonly __brand: 'Value' };
