import type { CalibrationSettings } from '../settings/calibrationSettings.ts';
import type { Conversation } from './chat/conversation.ts';

/* A prompt that answers are sampled to, and how it becomes tokens. */

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
