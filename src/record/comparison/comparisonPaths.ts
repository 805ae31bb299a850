import { recordName } from '../recordName.ts';

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
  const { json, stem } = recordName(path, comparisonSuffix, 'comparison record');
  return { json, arrays: `${stem}.safetensors` };
}
