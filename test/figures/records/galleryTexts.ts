/*
 * The texts of the gallery's records: small, but with all that a token map must draw: line breaks, characters that
 * cannot be seen, a word longer than most, the same target several times.
 */

const texts = [
  {
    prompt: ['Question:', ' Ann', ' has', ' 3', ' apples', ' and', ' buys', ' 4', '.', ' How', ' many', '?', '\n'],
    response: [
      ...['Answer:', ' We', ' add', ' what', ' she', ' has', ' and', ' what', ' she', ' buys', '.', '\n'],
      ...['So', ' 3', ' +', ' 4', ' =', ' 7', ' apples', '.', ' Therefore', ' the', ' answer', ' is', ' 7', '.'],
    ],
  },
  {
    prompt: ['Question:', ' what', ' is', ' 9', ' -', ' 5', '?', '\n'],
    response: [
      ...['Answer:', ' We', ' subtract', '.', '\n', 'So', ' 9', ' -', ' 5', ' =', ' 4', '.', ' Therefore', ' the'],
      ...[' answer', ' is', ' 4', '.', '\u200b', '<b>', '\t'],
    ],
  },
  {
    prompt: ['Say', ' why', '.', '\n'],
    response: [
      ...[' Because', ' we', ' add', '.', ' So', ' we', ' are', ' sure', '.', ' Therefore', ' nothing', ' else', ' is'],
      ...[' straightforwardly', ' left', '.'],
    ],
  },
] as const;

/** Display texts by token id, each once. */
export const vocabulary: readonly string[] = [
  ...new Set(texts.flatMap(({ prompt, response }) => [...prompt, ...response])),
].sort();

export interface GallerySample {
  readonly ids: readonly number[];
  readonly responses: { readonly start: number; readonly end: number }[];
  /** Response rows: row `t` predicts token `t + 1`. */
  readonly rows: number;
}

export const gallerySamples: readonly GallerySample[] = texts.map(({ prompt, response }) => ({
  ids: [...prompt, ...response].map((text) => vocabulary.indexOf(text)),
  responses: [{ start: prompt.length, end: prompt.length + response.length }],
  rows: response.length,
}));

/** The token that each response row should predict, over all samples. */
export const goldIds: readonly number[] = gallerySamples.flatMap(({ ids, responses }) =>
  responses.flatMap(({ start, end }) => ids.slice(start, end)),
);
