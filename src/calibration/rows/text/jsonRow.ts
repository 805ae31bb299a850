import { InputError } from '../../../errors.ts';
import { TemplateFault } from '../../chat/jinja/fault.ts';
import { fromJson } from '../../chat/jinja/values/json.ts';
import type { Value } from '../../chat/jinja/values/values.ts';
import { type Row, type RowPlace, type RowUnit, rowPlace } from '../row.ts';

/* One row of a text file: the JSON of a line or of an array's element. */

const decoder = new TextDecoder('utf-8', { fatal: true });

/** @param bytes are kept until the row is not used any more */
export function jsonRow(file: number, path: string, unit: RowUnit, place: RowPlace, bytes: Buffer): Row {
  const fault = (what: string, cause: unknown) =>
    new InputError(`${rowPlace(path, unit, place.number)}: ${what}`, { cause });
  const read = (): Value => {
    let text: string;
    try {
      text = decoder.decode(bytes);
    } catch (error) {
      throw fault(`the ${unit} is not UTF-8 text.`, error);
    }
    try {
      JSON.parse(text);
    } catch (error) {
      const hint = unit === 'line' ? ' Each line must be one JSON object.' : '';
      throw fault(`the ${unit} is not JSON.${hint}`, error);
    }
    try {
      return fromJson(text);
    } catch (error) {
      if (error instanceof TemplateFault) throw fault(`${error.message}.`, error);
      throw error;
    }
  };
  return { file, number: place.number, unit, bytes: place.bytes, read };
}
