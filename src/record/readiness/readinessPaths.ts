import { basename, resolve } from 'node:path';
import { InputError } from '../../errors.ts';

/* Names what belongs to a readiness record. */

export const readinessSuffix = '.readiness.json';

export interface ReadinessPaths {
  readonly json: string;
  readonly lock: string;
  /** Folder of what was sampled before the record was written. */
  readonly partial: string;
}

/**
 * @param path of `NAME.readiness.json`
 * @throws InputError for another ending
 */
export function readinessPaths(path: string): ReadinessPaths {
  const json = resolve(path);
  const name = basename(json);
  if (!name.endsWith(readinessSuffix) || name === readinessSuffix) {
    throw new InputError(`The readiness record "${path}" must be named NAME${readinessSuffix}.`);
  }
  const stem = json.slice(0, -'.json'.length);
  return { json, lock: `${stem}.lock`, partial: `${stem}.partial` };
}
