import { InputError } from '../../errors.ts';
import { removeStagedFiles, writeFileWhole } from '../../files/writing/stagedFile.ts';
import { recordPaths } from '../../record/run/recordPaths.ts';
import { checkOutput } from '../files/outputPaths.ts';
import { compareRuns, type RunsComparison } from './compareRuns.ts';
import { runsPage } from './runsPage.ts';

export interface RunsPageOptions {
  /** Paths of run records. */
  readonly records: readonly string[];
  /** Undefined: each run's own. */
  readonly rho: number | undefined;
  /** `FILE.html`. */
  readonly out: string;
  readonly overwrite: boolean;
}

/**
 * Compares runs and writes that as a page, whose place is old or complete at any time.
 *
 * @throws InputError as `compareRuns`, and when the place is taken, an input, or cannot be written
 */
export async function writeRunsPage({ records, rho, out, overwrite }: RunsPageOptions): Promise<RunsComparison> {
  if (!/\.html?$/i.test(out)) {
    throw new InputError(`The page "${out}" must be named FILE.html, so that a browser opens it.`);
  }
  const inputs = records.flatMap((record) => {
    const { json, arrays } = recordPaths(record);
    return [json, arrays];
  });
  await checkOutput({ what: 'page', path: out, kind: 'file' }, inputs, overwrite);
  const comparison = await compareRuns(records, rho);
  await removeStagedFiles(out);
  await writeFileWhole(out, new TextEncoder().encode(runsPage(comparison)), overwrite);
  return comparison;
}
