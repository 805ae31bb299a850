import { basename, resolve } from 'node:path';
import { InputError } from '../errors.ts';

/**
 * The absolute path of a record's JSON file, and that path without `.json`, which the files that belong to it begin with.
 *
 * @param suffix `.sweep.json`
 * @param what "sweep record", for the sentence
 * @throws InputError for another ending
 */
export function recordName(
  path: string,
  suffix: string,
  what: string,
): { readonly json: string; readonly stem: string } {
  const json = resolve(path);
  const name = basename(json);
  if (!name.endsWith(suffix) || name === suffix) {
    throw new InputError(`The ${what} "${path}" must be named NAME${suffix}.`);
  }
  return { json, stem: json.slice(0, -'.json'.length) };
}
