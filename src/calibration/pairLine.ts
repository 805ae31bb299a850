import { InputError } from '../errors.ts';
import { isDict } from './chat/jinja/values/values.ts';
import { type Row, rowPlace } from './rows/row.ts';

/* Reads one row of a calibration file: an object with a prompt and a response. */

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
 * Reads one row of a calibration file.
 * @param path names the file in messages
 * @throws InputError naming the row and what is wrong with it
 */
export function parsePairRow(row: Row, { promptField, responseField }: PairFields, path: string): Pair {
  const fault = (what: string) => new InputError(`${rowPlace(path, row.unit, row.number)}: ${what}`);
  const fields = row.read();
  if (!isDict(fields)) throw fault(`the ${row.unit} is not a JSON object.`);
  const read = (field: string, option: string): string => {
    const content = fields.get(field);
    if (content === undefined) {
      throw fault(`there is no field "${field}". If it has another name, give it with ${option}.`);
    }
    if (typeof content !== 'string') throw fault(`the field "${field}" is not a string.`);
    if (!content.isWellFormed()) throw fault(`the field "${field}" holds half of a surrogate pair, which is no text.`);
    return content;
  };
  const prompt = read(promptField, '--prompt-field');
  const response = read(responseField, '--response-field');
  if (response === '') throw fault(`the field "${responseField}" is empty: there is nothing to measure.`);
  return { prompt, response };
}
