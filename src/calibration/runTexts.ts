import { inTokenizerProcess } from './process/tokenizerProcess.ts';

/**
 * Texts of runs of tokens, read in a process of its own. Untrusted. What a run begins or ends with of a character is shown as
 * `\xNN` bytes.
 *
 * @returns one text a run
 * @throws InputError when the tokenizer cannot be read
 * @throws Interrupted by the signal
 */
export async function runTexts(
  tokenizerPath: string,
  runs: readonly Uint32Array[],
  signal?: AbortSignal,
): Promise<readonly string[]> {
  let texts: readonly string[] = [];
  await inTokenizerProcess({ type: 'runs', tokenizerPath, runs }, { signal }, (answer) => {
    if (answer.type === 'texts') texts = answer.texts;
  });
  return texts;
}
