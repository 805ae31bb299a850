import { closeFile, openFolder, syncFile } from './diskOperations.ts';

/** Makes renames and new entries of a folder outlive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  let descriptor: number | undefined;
  try {
    // Windows opens no folders; there a rename is journalled.
    descriptor = openFolder(folder);
    await syncFile(descriptor);
  } catch {
    // Some network file systems refuse; nothing more can be done there.
  } finally {
    if (descriptor !== undefined) closeFile(descriptor);
  }
}
