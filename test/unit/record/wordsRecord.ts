import { tinyRecord } from './tinyRecord.ts';

/**
 * The tiny record with pieces of words: “We del|iber|ate now” and “So del|iberate”, of which the targets are `iber` and
 * ` now` (gap 0.125), ` del` and `iberate` (gap 0.25).
 */
export function wordsRecord(): ReturnType<typeof tinyRecord> {
  const { draft, layout, arrays } = tinyRecord();
  const texts = ['We', ' del', 'iber', 'ate', ' now', 'So', ' del', 'iberate'];
  // The means stay as they are.
  arrays.set('measurements.1.entropy', Float32Array.of(0.625, 0.5, 0.375, 0.75, 0.25));
  return { draft: { ...draft, tokens: { ids: draft.tokens.ids, texts } }, layout, arrays };
}
