import { InputError } from '../errors.ts';
import { isJsonObject } from '../files/reading/strictJson.ts';
import type { Line } from './lines.ts';

/* Reads one line of a calibration file: a JSON object with a prompt and a response. */

/** A prompt and its response as texts. */
export interface Pair {
  readonly prompt: string;
  readonly response: string;
}

/** Names of the two fields in the calibration file. */
export interface PairFields {
  readonly promptField: string;
  readonly responseField: string;
}

/**
 * Reads one line of a JSONL file.
 * @param path names the file in messages
 * @throws InputError naming the line and what is wrong with it
 */
export function parsePairLine({ text, number }: Line, { promptField, responseField }: PairFields, path: string): Pair {
  const fault = (what: string) => new InputError(`"${path}", line ${number}: ${what}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw fault('the line is not JSON. Each line must be one JSON object.');
  }
  if (!isJsonObject(value)) throw fault('the line is not a JSON object.');
  const fields = value;
  const read = (field: string, option: string): string => {
    if (!Object.hasOwn(fields, field)) {
      throw fault(`there is no field "${field}". If it has another name, give it with ${option}.`);
    }
    const content = fields[field];
    if (typeof content !== 'string') throw fault(`the field "${field}" is not a string.`);
    if (!content.isWellFormed()) throw fault(`the field "${field}" holds half of a surrogate pair, which is no text.`);
    return content;
  };
  const prompt = read(promptField, '--prompt-field');
  const response = read(responseField, '--response-field');
  if (response === '') throw fault(`the field "${responseField}" is empty: there is nothing to measure.`);
  return { prompt, response };
}
