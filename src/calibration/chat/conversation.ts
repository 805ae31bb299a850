import { InputError } from '../../errors.ts';
import { TemplateFault } from './jinja/fault.ts';
import { fromJson } from './jinja/values/json.ts';
import { type Dict, isDict, isList, type Value } from './jinja/values/values.ts';

/** A conversation as templates take it; every value is as Python has it (whole numbers are `bigint`). */
export interface Conversation {
  /** At least one. */
  readonly messages: readonly Dict[];
  /** Descriptions of functions (JSON Schema), null without. */
  readonly tools: readonly Dict[] | null;
  /** Further variables of the template, such as `enable_thinking`. */
  readonly variables: ReadonlyMap<string, Value>;
  /** Position of the first message whose turn may count; those before it are a prompt. 0 unless said. */
  readonly firstTrained?: number;
}

/**
 * One conversation cannot be used, the template and the others may well be. The message is a clause without a full stop and
 * without a place: whoever read the conversation knows its file and line.
 */
export class ConversationFault extends InputError {}

/**
 * A JSON text with all that templates print of it: the order of names, `1.0` apart from `1`, numbers of any size.
 * @param what names the text in messages, e.g. `the line`
 * @throws ConversationFault when it is not JSON or nests deeper than 64
 */
export function parseMessageJson(text: string, what: string): Value {
  try {
    JSON.parse(text);
  } catch {
    throw new ConversationFault(`${what} is not JSON`);
  }
  try {
    return fromJson(text);
  } catch (error) {
    if (error instanceof TemplateFault) throw new ConversationFault(error.message);
    throw error;
  }
}

/** @throws ConversationFault when the value is not a list of messages with roles */
export function messagesFrom(value: Value): readonly Dict[] {
  if (!isList(value)) throw new ConversationFault('its messages are not a list');
  if (value.length === 0) throw new ConversationFault('it has no messages');
  for (const [i, message] of value.entries()) {
    if (!isDict(message)) throw new ConversationFault(`its message ${i + 1} is not an object`);
    if (typeof message.get('role') !== 'string') throw new ConversationFault(`its message ${i + 1} has no "role"`);
  }
  return value as readonly Dict[];
}

/** @throws ConversationFault when the value is neither a list of objects nor null */
export function toolsFrom(value: Value): readonly Dict[] | null {
  if (value === null) return null;
  // Data sets that hold one table of conversations write the tools as a JSON text.
  const tools = typeof value === 'string' ? parseMessageJson(value, 'the text of its tools') : value;
  if (!isList(tools) || !tools.every(isDict)) throw new ConversationFault('its tools are not a list of objects');
  return tools as readonly Dict[];
}

const weightFields = ['weight', 'step_loss_mask', 'loss_mask'];

/**
 * Whether an assistant's message is to be learned from: unless one of its fields `weight`, `step_loss_mask` and `loss_mask` is 0.
 * @throws ConversationFault when such a field is neither 0 nor 1
 */
export function isTrained(message: Dict): boolean {
  let trained = true;
  for (const field of weightFields) {
    const value = message.get(field);
    if (value === undefined || value === null) continue;
    const weight = typeof value === 'object' || typeof value === 'string' ? Number.NaN : Number(value);
    if (weight !== 0 && weight !== 1) throw new ConversationFault(`the "${field}" of a message is neither 0 nor 1`);
    if (weight === 0) trained = false;
  }
  return trained;
}
