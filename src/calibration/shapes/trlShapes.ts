import { shown } from '../../files/reading/shown.ts';
import { type Dict, isDict, isList, type Value } from '../chat/jinja/values/values.ts';
import { conversationContent, listOf, messageList } from './conversationParts.ts';
import { message } from './exchange.ts';
import { missingField, textOf } from './fields.ts';
import { badCompletion, nothing, type RowContent, type Shape } from './shape.ts';

/* TRL's rows whose prompt and response are lists of messages, and its rows of preferences. */

const parts = { tools: 'tools', system: 'system', wrapTools: false } as const;

/** A text as a message of this role; a list of messages, or one, as it is; null. @throws ConversationFault for others */
function messagesIn(row: Dict, field: string, role: string): readonly Value[] | null {
  const value = row.get(field);
  if (typeof value === 'string' && listOf(value, `its ${shown(field)}`) === undefined) {
    return value === '' ? [] : [message(role, value)];
  }
  if (value !== undefined && isDict(value)) return [value];
  return messageList(row, field) as readonly Value[] | null;
}

/** A conversation whose first part is the prompt, and whose turns in the second part alone are responses. */
function afterPrompt(row: Dict, prompt: readonly Value[], response: readonly Value[], field: string): RowContent {
  if (response.length === 0) return nothing(`its ${shown(field)} is empty`);
  return conversationContent(row, [...prompt, ...response], prompt.length, parts);
}

/** `prompt` and `completion` as lists of messages. */
export function promptCompletionShape(completion: string): Shape {
  return {
    name: 'trl',
    label: `conversations of "prompt" and ${shown(completion)}`,
    remarks: [],
    read(row) {
      const bad = badCompletion(row);
      if (bad !== undefined) return bad;
      const prompt = messagesIn(row, 'prompt', 'user');
      const response = messagesIn(row, completion, 'assistant');
      if (prompt === null) return nothing('its "prompt" is null');
      if (response === null) return nothing(`its ${shown(completion)} is null`);
      return afterPrompt(row, prompt, response, completion);
    },
  };
}

function isConversation(value: Value | undefined): boolean {
  return value !== undefined && (isDict(value) || listOf(value, 'it') !== undefined);
}

function sameValue(one: Value | undefined, other: Value | undefined): boolean {
  if (one === other) return true;
  if (one === undefined || other === undefined || one === null || other === null) return false;
  if (isList(one) && isList(other))
    return one.length === other.length && one.every((item, i) => sameValue(item, other[i]));
  if (!isDict(one) || !isDict(other)) return false;
  return one.size === other.size && Array.from(one).every(([name, item]) => sameValue(item, other.get(name)));
}

/** Without a prompt of its own, a preference's prompt is what its two texts begin with alike, as TRL finds it. */
function sharedStart(chosen: string, rejected: string): number {
  let at = 0;
  while (at < Math.min(chosen.length, rejected.length) && chosen.charCodeAt(at) === rejected.charCodeAt(at)) at++;
  return at > 0 && chosen[at - 1] === ' ' ? at - 1 : at;
}

function sharedMessages(chosen: readonly Value[], rejected: readonly Value[]): number {
  const parted = chosen.findIndex((each, i) => !sameValue(each, rejected[i]));
  return parted < 0 ? chosen.length : parted;
}

function preferredConversation(row: Dict): RowContent {
  const chosen = messagesIn(row, 'chosen', 'assistant');
  if (chosen === null) return nothing('its "chosen" is null');
  const opens = isDict(chosen[0] ?? null) && (chosen[0] as Dict).get('role') !== 'assistant';
  const given = (row.get('prompt') ?? null) === null ? [] : (messagesIn(row, 'prompt', 'user') ?? []);
  if (!opens) return afterPrompt(row, given, chosen, 'chosen');
  // The whole conversation is in it.
  const rejected = isConversation(row.get('rejected')) ? (messagesIn(row, 'rejected', 'assistant') ?? []) : [];
  const shared = sharedMessages(chosen, rejected);
  return afterPrompt(row, chosen.slice(0, shared), chosen.slice(shared), 'chosen');
}

function preferredText(row: Dict): RowContent {
  const chosen = textOf(row, 'chosen');
  if (chosen === null) return nothing('its "chosen" is null');
  let prompt = (row.get('prompt') ?? null) === null ? undefined : textOf(row, 'prompt');
  let response = chosen;
  if (prompt === undefined || prompt === null) {
    const shared = sharedStart(chosen, textOf(row, 'rejected') ?? '');
    prompt = chosen.slice(0, shared);
    response = chosen.slice(shared);
  }
  if (response === '') return nothing('its "chosen" is empty');
  return { kind: 'pair', prompt, response };
}

/** Preferences: the chosen response is what the checkpoint is to have learned. */
export function preferenceShape(): Shape {
  return {
    name: 'preference',
    label: 'preferences ("chosen")',
    remarks: ['"rejected" is not used'],
    read(row) {
      if (!row.has('chosen')) throw missingField(row, 'chosen');
      return isConversation(row.get('chosen')) ? preferredConversation(row) : preferredText(row);
    },
  };
}
