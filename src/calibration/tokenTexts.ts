import { inTokenizerProcess } from './process/tokenizerProcess.ts';

/**
 * Display text of single tokens, by id, read in a process of its own. Untrusted: it may hold anything that a vocabulary
 * may. A token that is part of a character is shown as `\xNN` bytes; an id without a token as `<id>`.
 *
 * @throws InputError when the tokenizer cannot be read
 * @throws Interrupted by the signal
 */
export async function tokenTexts(
  tokenizerPath: string,
  ids: Iterable<number>,
  signal?: AbortSignal,
): Promise<Map<number, string>> {
  const asked = [...ids];
  let texts: readonly string[] = [];
  await inTokenizerProcess({ type: 'texts', tokenizerPath, ids: Uint32Array.from(asked) }, { signal }, (answer) => {
    if (answer.type === 'texts') texts = answer.texts;
  });
  return new Map(asked.map((id, position) => [id, texts[position]!]));
}
