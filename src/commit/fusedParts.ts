import type { CheckpointPair } from '../checkpoint/pair.ts';
import { sideRows } from '../checkpoint/vocabulary/completion.ts';
import { hasVocabularyRows } from '../checkpoint/vocabulary/vocabularyTensors.ts';
import { rowsOfSide, type TensorSides } from './tensorFuser.ts';

/** A tensor whole, or of embedding and head the rows that are fused and those that stay the SFT's, in their order. */
export function* fusedParts(
  { completion }: Pick<CheckpointPair, 'completion'>,
  sides: TensorSides,
): Generator<TensorSides> {
  const { sft, base, out } = sides;
  if (completion === undefined || base === undefined || !hasVocabularyRows(sft.entry.name)) {
    yield sides;
    return;
  }
  for (const { side, ...rows } of sideRows(completion, { from: 0, to: completion.sftRows })) {
    yield { sft: rowsOfSide(sft, rows), base: side === 'base' ? rowsOfSide(base, rows) : undefined, out };
  }
}
