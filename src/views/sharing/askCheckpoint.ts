import type { ExtensionContext } from 'vscode';
import { openCheckpoint } from '../../checkpoint/openCheckpoint.ts';
import { askFolder, locateFolder } from '../ask/askPaths.ts';
import { RecentPaths } from '../ask/recent.ts';
import { findCheckpointFolders } from '../ask/workspaceCheckpoints.ts';

/**
 * The checkpoint that a command was called on, or one that is asked for.
 *
 * @returns undefined when the user gave up
 * @throws InputError for a given folder that holds none
 */
export async function askCheckpoint(
  context: ExtensionContext,
  title: string,
  given: string | undefined,
): Promise<string | undefined> {
  if (given !== undefined) return locateFolder(given);
  const recent = new RecentPaths(context.globalState, 'checkpoint');
  const answer = await askFolder({
    ...{ title, step: 1, totalSteps: 2, placeholder: 'The checkpoint', recent },
    found: await findCheckpointFolders(),
    check: (path) => openCheckpoint(path),
  });
  if (answer === undefined || answer === 'back') return undefined;
  return answer.value;
}
