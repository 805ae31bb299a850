import { open } from 'node:fs/promises';

/** Makes renames and new entries of a folder outlive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders; there a rename is journalled.
  const handle = await open(folder, 'r').catch(() => undefined);
  try {
    await handle?.sync();
  } catch {
    // Some network file systems refuse; nothing more can be done there.
  } finally {
    await handle?.close();
  }
}
