import { basename, resolve } from 'node:path';
import { InputError } from '../../errors.ts';

/* Names the two files of a comparison record. */

export const comparisonSuffix = '.comparison.json';

/** The two files of a comparison record. */
export interface ComparisonPaths {
  readonly json: string;
  readonly arrays: string;
}

/**
 * @param path of `NAME.comparison.json`
 * @throws InputError for another ending
 */
export function comparisonPaths(path: string): ComparisonPaths {
  const json = resolve(path);
  const name = basename(json);
  if (!name.endsWith(comparisonSuffix) || name === comparisonSuffix) {
    throw new InputError(`The comparison record "${path}" must be named NAME${comparisonSuffix}.`);
  }
  return { json, arrays: `${json.slice(0, -'.json'.length)}.safetensors` };
}
