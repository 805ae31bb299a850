import { basename, resolve } from 'node:path';
import { InputError } from '../../errors.ts';

/* Names the files that belong to a run record. */

export const recordSuffix = '.rejuvenation.json';

/** The files that belong to one run record. */
export interface RecordPaths {
  readonly json: string;
  readonly arrays: string;
  /** Folder of an unfinished run. */
  readonly partial: string;
}

/**
 * @param path of `NAME.rejuvenation.json`
 * @throws InputError for another ending
 */
export function recordPaths(path: string): RecordPaths {
  const json = resolve(path);
  const name = basename(json);
  if (!name.endsWith(recordSuffix) || name === recordSuffix) {
    throw new InputError(`The record "${path}" must be named NAME${recordSuffix}.`);
  }
  const stem = json.slice(0, -'.json'.length);
  return { json, arrays: `${stem}.safetensors`, partial: `${stem}.partial` };
}
