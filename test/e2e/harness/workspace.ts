import { cp, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { root } from '../../paths.ts';

/** A workspace folder of the test's own, which goes with it. */
export interface Workspace {
  readonly folder: string;
  remove(): Promise<void>;
}

/**
 * Makes a workspace named `sample` out of copies.
 *
 * @param contents files and folders to copy into it, absolute or relative to the package; the embedded sample by default
 */
export async function makeWorkspace(contents: readonly string[] = sampleContents): Promise<Workspace> {
  // VS Code shows real paths, and the temporary folder is a link on some systems.
  const parent = await realpath(await mkdtemp(join(tmpdir(), 'rejuvenation-workspace-')));
  const folder = join(parent, 'sample');
  await mkdir(folder);
  for (const path of contents) await cp(resolve(root, path), join(folder, basename(path)), { recursive: true });
  return { folder, remove: () => rm(parent, { recursive: true, force: true, maxRetries: 10 }) };
}

/** The sample's checkpoints and calibration pairs. */
export const sampleContents = ['base', 'sft-mod', 'sft-over', 'calibration.jsonl'].map(
  (name) => `media/sample/${name}`,
);
