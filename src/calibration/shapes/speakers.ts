import { shown } from '../../files/reading/shown.ts';
import { ConversationFault, parseMessageJson } from '../chat/conversation.ts';
import { type Dict, isDict, isList, type Value } from '../chat/jinja/values/values.ts';
import { message } from './exchange.ts';

/* Turns the messages of ShareGPT's rows, {"from": …, "value": …}, into messages as chat templates take them. */

/** How messages name who speaks and what is said: LLaMA-Factory calls these tags. */
export interface Tags {
  readonly role: string;
  readonly content: string;
  /** Speakers as the rows name them, with what they are. */
  readonly speakers: ReadonlyMap<string, Speaker>;
}

export type Speaker = 'system' | 'user' | 'assistant' | 'tool' | 'call';

/** LLaMA-Factory's names, and those of other collections. */
const usual: readonly (readonly [Speaker, readonly string[]])[] = [
  ['system', ['system']],
  ['user', ['human', 'user']],
  ['assistant', ['gpt', 'assistant', 'chatgpt', 'model', 'bot']],
  ['tool', ['observation', 'tool', 'function_response', 'tool_response']],
  ['call', ['function_call', 'tool_call']],
];

export const shareGptTags: Tags = {
  role: 'from',
  content: 'value',
  speakers: new Map(usual.flatMap(([speaker, names]) => names.map((name) => [name, speaker] as const))),
};

/** The calls of a function, given as JSON: one, or a list. */
function callsFrom(text: string, at: number): Value {
  const what = `the function call of its message ${at + 1}`;
  const parsed = parseMessageJson(text, what);
  const calls = isList(parsed) ? parsed : [parsed];
  return calls.map((call) => {
    if (!isDict(call) || typeof call.get('name') !== 'string') throw new ConversationFault(`${what} has no "name"`);
    const described = new Map<string, Value>([
      ['name', call.get('name')!],
      ['arguments', call.get('arguments') ?? new Map()],
    ]);
    return new Map<string, Value>([
      ['type', 'function'],
      ['function', described],
    ]);
  });
}

/**
 * Messages as templates take them. One with a `role` already is left as it is.
 * @throws ConversationFault naming the message whose speaker is not known, or that says nothing
 */
export function messagesOfSpeakers(list: readonly Value[], { role, content, speakers }: Tags): Dict[] {
  return list.map((each, at) => {
    if (!isDict(each)) throw new ConversationFault(`its message ${at + 1} is not an object`);
    const from = each.get(role);
    if (from === undefined && typeof each.get('role') === 'string') return each;
    const speaker = typeof from === 'string' ? speakers.get(from) : undefined;
    if (speaker === undefined) {
      throw new ConversationFault(
        `its message ${at + 1} is from ${shown(from ?? null)}; known are ${Array.from(speakers.keys(), (name) => shown(name)).join(', ')}`,
      );
    }
    const said = each.get(content) ?? '';
    if (typeof said !== 'string')
      throw new ConversationFault(`the ${shown(content)} of its message ${at + 1} is no text`);
    const others = Array.from(each).filter(([name]) => name !== role && name !== content);
    if (speaker !== 'call') return new Map([...message(speaker, said), ...others]);
    return new Map([...message('assistant', ''), ['tool_calls', callsFrom(said, at)], ...others]);
  });
}
