import { shown } from '../../files/reading/shown.ts';
import {
  type Conversation,
  ConversationFault,
  messagesFrom,
  parseMessageJson,
  toolsFrom,
} from '../chat/conversation.ts';
import { type Dict, isDict, isList, type Value } from '../chat/jinja/values/values.ts';
import { message } from './exchange.ts';
import { missingField, optionalText } from './fields.ts';
import { nothing, type RowContent } from './shape.ts';

/* What rows with conversations have in common: tools, variables of the template, a system prompt, and turns to measure. */

/**
 * Without the fields that are null, at any depth: tables fill what a message has not with null, and templates ask whether a
 * field is there. TRL leaves them out too.
 */
function withoutNulls(value: Value): Value {
  if (isList(value)) return value.map(withoutNulls);
  if (!isDict(value)) return value;
  const kept = Array.from(value).filter(([, item]) => item !== null);
  return new Map(kept.map(([name, item]) => [name, withoutNulls(item)]));
}

/** A list, given as one or as its JSON text; undefined for what is neither. */
export function listOf(value: Value | undefined, what: string): readonly Value[] | undefined {
  if (value === undefined) return undefined;
  if (isList(value)) return value;
  if (typeof value !== 'string' || !/^\s*\[/.test(value)) return undefined;
  const parsed = parseMessageJson(value, `the text of ${what}`);
  return isList(parsed) ? parsed : undefined;
}

/** The `tools` of a row, as a list or as a JSON text. @param named in `{"type": "function"}`, as templates expect */
function toolsOf(row: Dict, field: string, named: boolean): readonly Dict[] | null {
  const value = row.get(field) ?? null;
  if (typeof value === 'string' && value.trim() === '') return null;
  const tools = toolsFrom(typeof value === 'string' ? value : withoutNulls(value));
  if (tools === null || tools.length === 0) return null;
  if (!named) return tools;
  return tools.map((tool) =>
    tool.get('type') === 'function'
      ? tool
      : new Map<string, Value>([
          ['type', 'function'],
          ['function', tool],
        ]),
  );
}

/** `chat_template_kwargs`, as TRL takes them from a row. */
function variablesOf(row: Dict): ReadonlyMap<string, Value> {
  const value = row.get('chat_template_kwargs') ?? null;
  if (value === null) return new Map();
  if (!isDict(value)) throw new ConversationFault('its "chat_template_kwargs" is not an object');
  return withoutNulls(value) as Dict;
}

/** Whether there is anything in an assistant's message. */
function says(turn: Dict): boolean {
  return ['content', 'tool_calls', 'reasoning_content', 'thinking'].some((name) => {
    const value = turn.get(name) ?? null;
    return value !== null && value !== '' && !(isList(value) && value.length === 0);
  });
}

export interface ConversationFields {
  readonly tools: string;
  /** Field of a system prompt beside the messages. */
  readonly system: string | undefined;
  /** Functions are wrapped as templates expect them. */
  readonly wrapTools: boolean;
}

/**
 * What a row with messages means.
 *
 * @param value the list of messages
 * @param from number of messages before the first whose turns count
 * @throws ConversationFault when the messages or the fields beside them are malformed
 */
export function conversationContent(row: Dict, value: Value, from: number, fields: ConversationFields): RowContent {
  if (isList(value) && value.length === 0) return nothing('it has no messages');
  let messages = messagesFrom(withoutNulls(value));
  const system = optionalText(row, fields.system);
  let first = from;
  if (system !== '' && messages[0]!.get('role') !== 'system') {
    messages = [message('system', system), ...messages];
    first++;
  }
  const turns = messages.slice(first).filter((each) => each.get('role') === 'assistant');
  if (turns.length === 0) return nothing('it has no turn of the assistant');
  if (!turns.some(says)) return nothing("the assistant's turns are empty");
  const conversation: Conversation = {
    messages,
    tools: toolsOf(row, fields.tools, fields.wrapTools),
    variables: variablesOf(row),
    ...(from > 0 && { firstTrained: first }),
  };
  return { kind: 'conversation', conversation };
}

/** @throws ConversationFault when the field has no list of messages */
export function messageList(row: Dict, field: string): Value | null {
  const value = row.get(field);
  if (value === null) return null;
  if (value === undefined) throw missingField(row, field);
  const list = listOf(value, `its ${shown(field)}`);
  if (list === undefined) throw new ConversationFault(`its ${shown(field)} is not a list of messages`);
  return list;
}
