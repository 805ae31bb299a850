import { shown } from '../../files/reading/shown.ts';
import type { PairForm } from '../../settings/calibrationSettings.ts';
import { ConversationFault } from '../chat/conversation.ts';
import type { Dict, Value } from '../chat/jinja/values/values.ts';
import { nothing, type RowContent } from './shape.ts';

/* A prompt and a response with what may go before them, as plain text or as a conversation. */

/** Null where the row has null. */
export interface Exchange {
  readonly system: string;
  /** Earlier prompts, each with its response. */
  readonly history: readonly (readonly [prompt: string, response: string])[];
  readonly prompt: string | null;
  readonly response: string | null;
  readonly fields: { readonly system: string; readonly prompt: string; readonly response: string };
}

export const message = (role: string, content: string): Dict =>
  new Map<string, Value>([
    ['role', role],
    ['content', content],
  ]);

/**
 * What a row with an exchange means.
 * @throws ConversationFault when plain text has no place for all of it
 */
export function exchangeContent({ system, history, prompt, response, fields }: Exchange, as: PairForm): RowContent {
  if (prompt === null) return nothing(`its ${shown(fields.prompt)} is null`);
  if (response === null) return nothing(`its ${shown(fields.response)} is null`);
  if (response === '') return nothing(`its ${shown(fields.response)} is empty`);
  if (as === 'text') {
    const homeless = system !== '' ? fields.system : history.length > 0 ? 'history' : undefined;
    if (homeless === undefined) return { kind: 'pair', prompt, response };
    throw new ConversationFault(
      `plain text has no place for its ${shown(homeless)}; with --pairs-as chat the chat template of the SFT renders it`,
    );
  }
  const messages = [
    ...(system === '' ? [] : [message('system', system)]),
    ...history.flatMap(([asked, answered]) => [message('user', asked), message('assistant', answered)]),
    message('user', prompt),
    message('assistant', response),
  ];
  return { kind: 'conversation', conversation: { messages, tools: null, variables: new Map() } };
}
