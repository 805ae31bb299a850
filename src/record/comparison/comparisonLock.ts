import { Lock } from '../../files/locks/lock.ts';
import { exists } from '../../files/reading/exists.ts';
import { rename, unlink } from '../../files/writing/diskOperations.ts';
import { removeStagedFiles } from '../../files/writing/stagedFile.ts';
import { writeFault } from '../../files/writing/writeFault.ts';
import { readComparison, stagedComparison } from './comparisonFile.ts';
import { comparisonPaths } from './comparisonPaths.ts';

/** Takes a record for a whole comparison. @throws InputError at once when another process has it */
export async function lockForComparison(path: string): Promise<Lock> {
  const { json } = comparisonPaths(path);
  const lock = `${json.slice(0, -'.json'.length)}.lock`;
  return Lock.acquire(lock, { what: `The comparison record "${path}"`, work: 'another comparison', long: true });
}

/** Whether the arrays are of a first write that was cut off before its JSON got its name, rather than somebody else's. */
export async function isCutOffComparison(path: string): Promise<boolean> {
  const { json, arrays } = comparisonPaths(path);
  return !(await exists(json)) && (await stagedComparison(json, arrays)) !== undefined;
}

/**
 * Brings what killed comparisons left of a record that is to be written in order: a replacement that was cut off between
 * the halves' names is brought to its end, a first write is taken back, and everything else that was staged is deleted.
 * The caller must hold the record's lock.
 *
 * @throws InputError when a file cannot be renamed or deleted
 */
export async function settleComparison(path: string): Promise<void> {
  const { json, arrays } = comparisonPaths(path);
  try {
    if (!(await exists(json))) {
      if (await isCutOffComparison(path)) await unlink(arrays);
    } else {
      const found = await readComparison(path).catch(() => undefined);
      if (found?.staged !== undefined) await rename(found.staged, json);
    }
  } catch (error) {
    throw writeFault(error, json);
  }
  await removeStagedFiles(json);
  await removeStagedFiles(arrays);
}
