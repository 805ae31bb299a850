import { tokenTexts } from '../../calibration/tokenizer/tokenTexts.ts';
import type { RecordArrays } from '../../record/arrays.ts';
import { usedTokens } from '../../record/run/recordMeans.ts';
import type { RunRecord } from '../../record/run/runRecord.ts';

/** Display text of every token id that the arrays mention. */
export async function tokenTable(
  arrays: RecordArrays,
  vocabSize: number,
  tokenizerPath: string,
): Promise<RunRecord['tokens']> {
  const ids = usedTokens(arrays, vocabSize);
  const texts = await tokenTexts(tokenizerPath, ids);
  return { ids, texts: ids.map((id) => texts.get(id) ?? '') };
}
