import { fileURLToPath } from 'node:url';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { RootsListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { InputError } from '../../errors.ts';

/* The folders that an MCP client lets the server use. */

/** Folders of this machine among the roots; others are of no use here. */
function foldersOf(roots: readonly { readonly uri: string }[]): readonly string[] {
  return roots.flatMap(({ uri }) => {
    try {
      const url = new URL(uri);
      return url.protocol === 'file:' ? [fileURLToPath(url)] : [];
    } catch {
      return [];
    }
  });
}

/**
 * The client's roots, asked once and again when it says that they changed. A client that has none to give is held to the server's own.
 *
 * @param own absolute paths
 */
export function clientRoots(server: Server, own: readonly string[]): () => Promise<readonly string[]> {
  let known: Promise<readonly string[]> | undefined;
  server.setNotificationHandler(RootsListChangedNotificationSchema, () => {
    known = undefined;
  });
  const ask = async (): Promise<readonly string[]> => {
    if (server.getClientCapabilities()?.roots === undefined) return own;
    try {
      const { roots } = await server.listRoots();
      return roots.length === 0 ? own : foldersOf(roots);
    } catch {
      known = undefined;
      throw new InputError('No folder may be used: the client did not answer which ones are its roots.');
    }
  };
  return () => {
    known ??= ask();
    return known;
  };
}
