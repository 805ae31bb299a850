import { shown } from '../../files/reading/shown.ts';
import type { ShapeName } from '../../settings/calibrationSettings.ts';
import { type Dict, isDict, isList } from '../chat/jinja/values/values.ts';
import { conversationContent, listOf, messageList } from './conversationParts.ts';
import { completionNames, conversationNames } from './fields.ts';
import { nothing, type RowContent, type Shape } from './shape.ts';
import { messagesOfSpeakers, shareGptTags, type Tags } from './speakers.ts';

/* Rows of one conversation: messages with roles, or ShareGPT's with speakers. */

export interface ConversationShapeOptions {
  readonly name: Extract<ShapeName, 'messages' | 'sharegpt'>;
  /** The list of messages. */
  readonly field: string;
  readonly tags?: Tags;
  readonly system?: string | undefined;
  readonly tools?: string | undefined;
}

export function conversationShape(options: ConversationShapeOptions): Shape {
  const { name, field, tags = shareGptTags, system = 'system', tools = 'tools' } = options;
  const shareGpt = name === 'sharegpt';
  return {
    name,
    label: `${shareGpt ? 'ShareGPT conversations' : 'conversations'} (${shown(field)})`,
    remarks: [],
    read(row): RowContent {
      const list = messageList(row, field);
      if (list === null) return nothing(`its ${shown(field)} is null`);
      const messages = shareGpt && isList(list) ? messagesOfSpeakers(list, tags) : list;
      return conversationContent(row, messages, 0, { tools, system, wrapTools: shareGpt });
    },
  };
}

/** Lists of messages that are no whole conversation. */
const otherFields = ['prompt', ...completionNames, 'chosen', 'rejected', 'history', 'tools', 'functions'];

/** What a field's messages look like; undefined when it holds no list of messages. */
function kindOf(row: Dict, field: string): ConversationShapeOptions['name'] | undefined {
  const list = listOf(row.get(field), `its ${shown(field)}`);
  const first = list?.[0];
  if (first === undefined || !isDict(first)) return undefined;
  if (first.has('role')) return 'messages';
  return first.has('from') ? 'sharegpt' : undefined;
}

/**
 * The conversation that a row holds, by the usual names or by the look of a field.
 * @returns undefined when it holds none
 */
export function findConversation(row: Dict): ConversationShapeOptions | undefined {
  for (const field of [...conversationNames, ...row.keys()]) {
    if (otherFields.includes(field)) continue;
    const name = kindOf(row, field);
    if (name !== undefined) return { name, field };
  }
  const empty = conversationNames.find((field) => row.has(field));
  return empty === undefined ? undefined : { name: empty === 'messages' ? 'messages' : 'sharegpt', field: empty };
}
