import { recordName } from '../recordName.ts';

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
  const { json, stem } = recordName(path, readinessSuffix, 'readiness record');
  return { json, lock: `${stem}.lock`, partial: `${stem}.partial` };
}
