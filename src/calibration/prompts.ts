import { inTokenizerProcess, type TokenizerControl } from './process/tokenizerProcess.ts';
import type { EncodedPrompts, Prompt, PromptOptions } from './prompt.ts';

/* Encodes prompts as calibration has them, and decodes what was sampled after them, in a process of its own. */

/**
 * @throws InputError naming the prompt that cannot be rendered, has no token or takes longer than it may; or when the tokenizer
 *   or the chat template cannot be used
 * @throws Interrupted by the signal
 */
export async function encodePrompts(
  options: PromptOptions,
  prompts: readonly Prompt[],
  control: TokenizerControl = {},
): Promise<EncodedPrompts> {
  let found: EncodedPrompts = { ids: [], endOfText: undefined };
  await inTokenizerProcess({ type: 'prompts', options, prompts }, control, (answer) => {
    if (answer.type === 'prompts') found = answer.encoded;
  });
  return found;
}

/**
 * Texts of runs of tokens, special tokens left out. Untrusted.
 *
 * @returns one text a run
 * @throws InputError when the tokenizer cannot be read, or decodes in a way that is not supported
 * @throws Interrupted by the signal
 */
export async function decodeAnswers(
  tokenizerPath: string,
  runs: readonly Uint32Array[],
  control: TokenizerControl = {},
): Promise<readonly string[]> {
  let texts: readonly string[] = [];
  await inTokenizerProcess({ type: 'answers', tokenizerPath, runs }, control, (answer) => {
    if (answer.type === 'texts') texts = answer.texts;
  });
  return texts;
}
