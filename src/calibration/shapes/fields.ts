import { shown } from '../../files/reading/shown.ts';
import { ConversationFault } from '../chat/conversation.ts';
import { type Dict, isDict, type Value } from '../chat/jinja/values/values.ts';

/* Reads fields of a row by their names. */

/** Usual names of the response to a prompt, by the prompt's name; the first that is there is taken. */
const responses: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    prompt: ['response', 'completion', 'output', 'answer'],
    question: ['answer', 'response', 'solution', 'output'],
    query: ['response', 'answer', 'output'],
    problem: ['solution', 'response', 'generated_solution', 'answer', 'output'],
    instruction: ['output', 'response', 'completion', 'answer'],
    input: ['output', 'response', 'target', 'completion'],
    user: ['assistant'],
  }),
);

export const promptNames: readonly string[] = [...responses.keys()];
/** A system prompt beside prompt and response goes by one of these names. */
export const systemNames: readonly string[] = ['system', 'system_prompt'];
/** Fields that hold a conversation go by these names; others that look like one are taken after them. */
export const conversationNames: readonly string[] = ['messages', 'conversations', 'conversation'];
/** TRL's response to a list of messages goes by one of these names. */
export const completionNames: readonly string[] = ['completion', 'response'];
const responseNames = [...new Set([...responses.values()].flat())];

/**
 * The value of a field; undefined where there is none. A name that is no field but has dots leads into objects, as
 * `extra_info.answer` does.
 */
export function fieldOf(row: Dict, name: string): Value | undefined {
  const own = row.get(name);
  if (own !== undefined || !name.includes('.')) return own;
  let value: Value | undefined = row;
  for (const part of name.split('.')) value = value !== undefined && isDict(value) ? value.get(part) : undefined;
  return value;
}

/** Fields that are named in a refusal. */
const mostFields = 12;

/** The names of a row's fields, the first of many. */
export function fieldsOf(row: Dict): string {
  const names = [...row.keys()];
  const shownNames = names.slice(0, mostFields).map((name) => shown(name));
  return names.length > mostFields
    ? `${shownNames.join(', ')} and ${names.length - mostFields} more`
    : shownNames.join(', ');
}

/** The fault that names what the row has in place of the field */
export function missingField(row: Dict, name: string): ConversationFault {
  return new ConversationFault(`there is no field ${shown(name)} among ${fieldsOf(row) || 'none'}`);
}

/** A field that holds something, for telling shapes apart: tables fill what a row has not with null. */
export function holds(row: Dict, name: string): boolean {
  return (fieldOf(row, name) ?? null) !== null;
}

/** The usual name of the response to a prompt of this name that the row has; one that is null counts where none holds. */
export function responseName(row: Dict, prompt: string): string | undefined {
  const names = responses.get(prompt) ?? responseNames;
  return names.find((name) => name !== prompt && holds(row, name)) ?? names.find((name) => row.has(name));
}

/**
 * A text; null where it is null.
 * @throws ConversationFault when there is no such field, or it is no text
 */
export function textOf(row: Dict, name: string): string | null {
  const value = fieldOf(row, name);
  if (value === undefined) throw missingField(row, name);
  return checkedText(value, name);
}

/** As {@link textOf}, and empty where there is no such field, or null. */
export function optionalText(row: Dict, name: string | undefined): string {
  if (name === undefined) return '';
  return checkedText(fieldOf(row, name) ?? null, name) ?? '';
}

function checkedText(value: Value, name: string): string | null {
  if (value === null) return null;
  if (typeof value !== 'string') throw new ConversationFault(`the field ${shown(name)} is not a string`);
  if (!value.isWellFormed()) {
    throw new ConversationFault(`the field ${shown(name)} holds half of a surrogate pair, which is no text`);
  }
  return value;
}
