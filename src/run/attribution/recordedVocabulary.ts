import type { TokenizerComparison } from '../../checkpoint/tokenizer/otherTokens.ts';
import type { VocabularyCompletion } from '../../checkpoint/vocabulary/completion.ts';
import type { Completion } from '../../protocol/engine.ts';
import type { RecordedVocabulary } from '../../record/run/runRecord.ts';

/* How a base was completed, as records tell it: what is measured or committed later is completed alike. */

/** What a record tells of a completion. */
export function recordedVocabulary(
  { baseRows, sftRows, kept }: VocabularyCompletion,
  { others }: TokenizerComparison,
): RecordedVocabulary {
  const ids = new Set(kept);
  return {
    baseRows,
    sftRows,
    addedRows: Math.max(0, sftRows - baseRows),
    droppedRows: Math.max(0, baseRows - sftRows),
    kept: others.filter(({ id }) => ids.has(id)).map(({ id, base, sft }) => ({ id, base: base ?? null, sft })),
  };
}

/** Ids whose rows are the SFT's although the base has them too. */
export function keptIds(vocabulary: RecordedVocabulary | undefined): number[] {
  return (vocabulary?.kept ?? []).map(({ id }) => id);
}

/** What the engine is told, to measure the base so. */
export function completionBy(sftFolder: string, vocabulary: RecordedVocabulary | undefined): Completion | undefined {
  return vocabulary && { checkpoint: sftFolder, kept: keptIds(vocabulary) };
}
