import { checkIdentity } from '../files/reading/fileIdentity.ts';
import type { Checkpoint } from './checkpoint.ts';

/**
 * Checks that every file of a checkpoint still is what it was when the checkpoint was opened, whatever has read it since:
 * the same file under the same path, untouched.
 *
 * @param when completes the sentence: "while it was measured"
 * @throws ChangedInput naming the file that is not
 */
export async function checkUnchanged({ files }: Pick<Checkpoint, 'files'>, when: string): Promise<void> {
  for (const { path, identity } of files) await checkIdentity(path, identity, when);
}
