import type { CalibrationSettings } from '../settings/calibrationSettings.ts';
import type { Conversation } from './chat/conversation.ts';
import { inTokenizerProcess, type TokenizerControl } from './process/tokenizerProcess.ts';

/* Encodes prompts as calibration has them, and decodes what was sampled after them, in a process of its own. */

/** What an answer is sampled to: a text, or a conversation that the chat template ends with what asks for the answer. */
export type Prompt =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'conversation'; readonly conversation: Conversation };

export interface PromptOptions extends Pick<CalibrationSettings, 'chatTemplate' | 'templateArgs' | 'specialTokens'> {
  readonly tokenizerPath: string;
  /** Checkpoint folders, the first of which with a chat template renders conversations. */
  readonly templateFolders: readonly string[];
}

export interface EncodedPrompts {
  /** Of each prompt, at least one token. */
  readonly ids: readonly Uint32Array[];
  /** The token that the tokenizer's configuration has for the end of a text; undefined where it names none. */
  readonly endOfText: number | undefined;
}

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
