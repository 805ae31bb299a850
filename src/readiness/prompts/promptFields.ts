import { ConversationFault } from '../../calibration/chat/conversation.ts';
import { type Dict, isDict, isList, type Value } from '../../calibration/chat/jinja/values/values.ts';
import { fieldOf, fieldsOf, holds, missingField } from '../../calibration/shapes/fields.ts';
import { shown } from '../../files/reading/shown.ts';
import type { PromptInput, PromptMessage } from './prompt.ts';

/* Reads a prompt and its answer from a row: by the usual names of their fields, or by those that the user names. */

/** Usual names of a prompt; the first that holds something is taken. */
const promptNames = ['prompt', 'messages', 'question', 'problem', 'query'] as const;

/** Usual names and places of the right answer: verl's, slime's, TRL's and those of data sets. */
const answerNames = [
  'reward_model.ground_truth',
  'answer',
  'label',
  'ground_truth',
  'expected_answer',
  'final_answer',
  'solution',
  'target',
  'extra_info.answer',
] as const;

/** The fields that are read of every row. */
export interface PromptFields {
  readonly prompt: string;
  /** Undefined where the rows have no answer. */
  readonly answer: string | undefined;
}

/**
 * The fields of all rows, by the first of them.
 *
 * @param named by the user; an empty name: by the usual ones
 * @throws ConversationFault when there is no prompt, or no field of a name that the user gave
 */
export function promptFields(row: Dict, named: { readonly prompt: string; readonly answer: string }): PromptFields {
  for (const name of [named.prompt, named.answer]) {
    if (name !== '' && fieldOf(row, name) === undefined) throw missingField(row, name);
  }
  const prompt = named.prompt || promptNames.find((name) => holds(row, name));
  if (prompt === undefined) {
    throw new ConversationFault(
      `it has no prompt, ${promptNames.map((name) => shown(name)).join(', ')}, among its fields ${fieldsOf(row) || 'none'}; ` +
        'name the field with --prompts-field',
    );
  }
  return { prompt, answer: named.answer || answerNames.find((name) => name !== prompt && holds(row, name)) };
}

function checkedText(value: string, what: string): string {
  if (!value.isWellFormed()) throw new ConversationFault(`${what} holds half of a surrogate pair, which is no text`);
  return value;
}

/** A message's text; of content in parts the texts, one after the other. */
function contentOf(message: Dict, at: number): string {
  const content = message.get('content') ?? null;
  if (typeof content === 'string') return checkedText(content, `message ${at}`);
  if (isList(content)) {
    const texts = content.map((part) => (isDict(part) && part.get('type') === 'text' ? part.get('text') : undefined));
    if (texts.every((text) => typeof text === 'string')) return checkedText(texts.join(''), `message ${at}`);
  }
  throw new ConversationFault(`the content of its message ${at} is no text`);
}

function messageOf(value: Value, at: number): PromptMessage {
  if (!isDict(value)) throw new ConversationFault(`its message ${at} is not an object`);
  const role = value.get('role');
  if (typeof role !== 'string') throw new ConversationFault(`its message ${at} has no "role"`);
  if ((value.get('tool_calls') ?? null) !== null) throw new ConversationFault(`its message ${at} calls tools`);
  return { role, content: contentOf(value, at) };
}

/** A list of messages without an answer of the assistant's at its end, which is what checkpoints are to give. */
function messagesOf(value: readonly Value[]): readonly PromptMessage[] {
  const messages = value.map((message, i) => messageOf(message, i + 1));
  const end = messages.at(-1)?.role === 'assistant' ? -1 : undefined;
  const prompt = messages.slice(0, end);
  if (prompt.length === 0) throw new ConversationFault('it has no message before the answer');
  return prompt;
}

/**
 * What a row asks.
 *
 * @param asChat a text becomes the message of a user
 * @returns undefined where the field is null or empty
 * @throws ConversationFault when it is neither a text nor a list of messages, or asks for more than texts
 */
export function promptOf(row: Dict, field: string, asChat: boolean): PromptInput | undefined {
  const value = fieldOf(row, field);
  if (value === undefined) throw missingField(row, field);
  if (value === null || value === '') return undefined;
  if (isList(value)) {
    if (value.length === 0) return undefined;
    const tools = row.get('tools') ?? null;
    if (tools !== null && !(isList(tools) && tools.length === 0)) {
      throw new ConversationFault('it has "tools", which prompts cannot have here');
    }
    return { kind: 'messages', messages: messagesOf(value) };
  }
  if (typeof value !== 'string')
    throw new ConversationFault(`its ${shown(field)} is neither a text nor a list of messages`);
  const text = checkedText(value, `its ${shown(field)}`);
  return asChat ? { kind: 'messages', messages: [{ role: 'user', content: text }] } : { kind: 'text', text };
}

/**
 * The answer of a row, as text; null where there is none.
 *
 * @throws ConversationFault when it is neither a text nor a number, nor a list of one
 */
export function answerOf(row: Dict, field: string | undefined): string | null {
  if (field === undefined) return null;
  const value = fieldOf(row, field) ?? null;
  const one = isList(value) && value.length === 1 ? value[0]! : value;
  if (one === null) return null;
  if (typeof one === 'string') return one.trim() === '' ? null : checkedText(one, `its ${shown(field)}`);
  if (typeof one === 'bigint' || typeof one === 'number') return String(one);
  throw new ConversationFault(
    `its ${shown(field)} is neither a text nor a number; name the field of the answer with --answer-field`,
  );
}
