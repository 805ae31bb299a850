import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChatTemplate } from '../../../src/calibration/chat/chatTemplate.ts';
import type { Conversation } from '../../../src/calibration/chat/conversation.ts';
import { fromJson } from '../../../src/calibration/chat/jinja/values/json.ts';
import type { Dict, Value } from '../../../src/calibration/chat/jinja/values/values.ts';
import { fixtures } from '../../paths.ts';

/** The chat templates, conversations and goldens that transformers made. */
export const chatFolder = join(fixtures, 'chat');

/** The moment that the goldens were rendered at. */
export const now = new Date(2026, 2, 5, 9, 7, 3);

export function chatJson(name: string): Value {
  return fromJson(readFileSync(join(chatFolder, `${name}.json`), 'utf8'));
}

export interface GivenConversation extends Conversation {
  /** Ends with the prompt for a further turn. */
  readonly prompt: boolean;
}

export const conversations: readonly GivenConversation[] = (chatJson('conversations') as readonly Dict[]).map(
  (given) => ({
    messages: given.get('messages') as readonly Dict[],
    tools: (given.get('tools') ?? null) as readonly Dict[] | null,
    variables: (given.get('arguments') ?? new Map()) as Dict,
    prompt: given.get('prompt') === true,
  }),
);

export function templateText(name: string): string {
  return readFileSync(join(chatFolder, 'templates', `${name}.jinja`), 'utf8');
}

export function chatTemplate(
  source: string,
  tokens: Readonly<Record<string, string>> = { bos_token: '<s>', eos_token: '</s>' },
): ChatTemplate {
  return new ChatTemplate({
    templates: new Map([['default', { name: 'default', source, place: '"chat_template.jinja"' }]]),
    specialTokens: new Map(Object.entries(tokens)),
    tokenizerClass: undefined,
  });
}

/** A message as templates take it. */
export function message(role: string, content: Value, more: Readonly<Record<string, Value>> = {}): Dict {
  return new Map<string, Value>([['role', role], ['content', content], ...Object.entries(more)]);
}

export function conversation(...messages: readonly Dict[]): Conversation {
  return { messages, tools: null, variables: new Map() };
}
