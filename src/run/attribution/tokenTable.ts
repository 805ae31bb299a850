import { tokenTexts } from '../../calibration/tokenTexts.ts';
import type { RecordArrays } from '../../record/arrays/arrays.ts';
import { usedTokens } from '../../record/run/recordMeans.ts';
import type { RunRecord } from '../../record/run/runRecord.ts';

/* Collects the texts of all tokens that a record mentions. */

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
