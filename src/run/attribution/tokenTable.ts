import { tokenTexts } from '../../calibration/tokenTexts.ts';
import type { RecordArrays } from '../../record/arrays.ts';
import type { RunRecord } from '../../record/run/runRecord.ts';

/* Collects the texts of all tokens that a record mentions. */

/** Distinct token ids that the arrays mention, ascending. */
export function usedTokens(arrays: RecordArrays, vocabSize: number): number[] {
  const used = new Uint8Array(vocabSize);
  for (const [name, array] of arrays) {
    if (name !== 'samples.ids' && !name.endsWith('.top_ids')) continue;
    for (const id of array) used[id] = 1;
  }
  const ids: number[] = [];
  for (let id = 0; id < vocabSize; id++) if (used[id] === 1) ids.push(id);
  return ids;
}

/** Display text of every token id that the arrays mention. @throws Interrupted on abort */
export async function tokenTable(
  arrays: RecordArrays,
  vocabSize: number,
  tokenizerPath: string,
  signal: AbortSignal,
): Promise<RunRecord['tokens']> {
  const ids = usedTokens(arrays, vocabSize);
  const texts = await tokenTexts(tokenizerPath, ids, signal);
  return { ids, texts: ids.map((id) => texts.get(id) ?? '') };
}
