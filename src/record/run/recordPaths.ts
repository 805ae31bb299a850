import { recordName } from '../recordName.ts';

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
  const { json, stem } = recordName(path, recordSuffix, 'record');
  return { json, arrays: `${stem}.safetensors`, partial: `${stem}.partial` };
}
