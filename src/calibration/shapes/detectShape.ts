import { shown } from '../../files/reading/shown.ts';
import type { CalibrationSettings, ShapeName } from '../../settings/calibrationSettings.ts';
import { ConversationFault } from '../chat/conversation.ts';
import { type Dict, isDict, isList } from '../chat/jinja/values/values.ts';
import { alpacaShape } from './alpacaShape.ts';
import { listOf } from './conversationParts.ts';
import { conversationShape, findConversation } from './conversationShape.ts';
import {
  completionNames,
  conversationNames,
  fieldsOf,
  holds,
  promptNames,
  responseName,
  systemNames,
} from './fields.ts';
import { pairShape } from './pairShape.ts';
import { promptsOnly } from './promptsOnly.ts';
import type { Shape } from './shape.ts';
import { preferenceShape, promptCompletionShape } from './trlShapes.ts';

/* Tells the shape of a calibration file by its first row. */

export type ShapeSettings = Pick<CalibrationSettings, 'format' | 'promptField' | 'responseField' | 'pairsAs'>;

function isMessages(row: Dict, field: string): boolean {
  const list = listOf(row.get(field), `its ${shown(field)}`);
  return list !== undefined && list.length > 0 && list.every(isDict);
}

function alpaca(row: Dict, pairsAs: ShapeSettings['pairsAs']): Shape | undefined {
  const output = responseName(row, 'instruction');
  if (!row.has('instruction') || output === undefined) return undefined;
  const input = ['input', 'context'].find((name) => row.has(name));
  const system = systemNames.find((name) => row.has(name)) ?? 'system';
  return alpacaShape({ instruction: 'instruction', input, output, system, history: 'history' }, pairsAs);
}

function pair(row: Dict, { promptField, responseField, pairsAs }: ShapeSettings): Shape | undefined {
  if (promptField !== '' && responseField !== '') return pairShape(promptField, responseField, pairsAs);
  for (const prompt of promptField === '' ? promptNames : [promptField]) {
    if (promptField === '' && !row.has(prompt)) continue;
    const response = responseField === '' ? responseName(row, prompt) : responseField;
    if (response !== undefined && response !== prompt) return pairShape(prompt, response, pairsAs);
  }
  return undefined;
}

function conversation(row: Dict, name?: 'messages' | 'sharegpt'): Shape | undefined {
  const found = findConversation(row);
  return found && conversationShape(name === undefined ? found : { ...found, name });
}

function trl(row: Dict): Shape | undefined {
  const completion = completionNames.find((field) => row.has(field));
  return completion === undefined || !row.has('prompt') ? undefined : promptCompletionShape(completion);
}

function preference(row: Dict): Shape | undefined {
  return row.has('chosen') ? preferenceShape() : undefined;
}

/** What each shape needs, for the refusal of a row that is said to have it. */
const needs: Readonly<Record<ShapeName, string>> = {
  pair: 'a prompt and a response by one of their usual names (or --prompt-field and --response-field)',
  alpaca: '"instruction" and "output"',
  messages: 'a list of {"role": …, "content": …}, usually "messages"',
  sharegpt: 'a list of {"from": …, "value": …}, usually "conversations"',
  trl: '"prompt" and "completion"',
  preference: '"chosen"',
};

function ofFormat(row: Dict, format: ShapeName, settings: ShapeSettings): Shape {
  const found = {
    pair: () => pair(row, settings),
    alpaca: () => alpaca(row, settings.pairsAs),
    messages: () => conversation(row, 'messages'),
    sharegpt: () => conversation(row, 'sharegpt'),
    trl: () => trl(row),
    preference: () => preference(row),
  }[format]();
  if (found !== undefined) return found;
  throw new ConversationFault(
    `it has not the shape ${format}, which needs ${needs[format]}; its fields are ${fieldsOf(row)}`,
  );
}

/** Some tables of preferences keep the best conversation by itself, in `messages`: that comes first. */
function detected(row: Dict, settings: ShapeSettings): Shape | undefined {
  const whole = conversation(row);
  if (whole !== undefined && !isPrompted(row)) return whole;
  if (holds(row, 'chosen') && row.has('rejected')) return preference(row);
  if (isMessages(row, 'prompt')) {
    const completion = completionNames.find((field) => holds(row, field));
    if (completion !== undefined) return promptCompletionShape(completion);
    throw new ConversationFault(promptsOnly(row));
  }
  return alpaca(row, settings.pairsAs) ?? pair(row, settings) ?? whole;
}

/** A conversation by the look of a field alone, beside a prompt and a response, is something else. */
function isPrompted(row: Dict): boolean {
  const named = conversationNames.some((field) => isList(row.get(field) ?? null));
  return (
    !named && promptNames.some((name) => typeof row.get(name) === 'string' && responseName(row, name) !== undefined)
  );
}

/**
 * The shape of a file whose first row this is, by what was asked for or by its fields.
 * @throws ConversationFault when it has the shape of nothing that is read, saying what to do
 */
export function shapeOf(row: Dict, settings: ShapeSettings): Shape {
  const { format, promptField, responseField } = settings;
  if (format !== 'auto') return ofFormat(row, format, settings);
  const named = promptField !== '' || responseField !== '';
  const shape = named ? pair(row, settings) : detected(row, settings);
  if (shape !== undefined) return shape;
  if (named) {
    const [lacking, option] = promptField === '' ? ['prompt', '--prompt-field'] : ['response', '--response-field'];
    throw new ConversationFault(`no ${lacking} is found among its fields ${fieldsOf(row)}; name it with ${option}`);
  }
  if (row.has('prompt')) throw new ConversationFault(promptsOnly(row));
  if (row.size === 0) throw new ConversationFault('it has no fields');
  throw new ConversationFault(
    `what its fields ${fieldsOf(row)} mean is not known; name those of prompt and response with --prompt-field and ` +
      '--response-field, or the shape with --format',
  );
}
