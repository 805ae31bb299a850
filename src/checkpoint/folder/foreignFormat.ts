import type { FolderContents } from './folderContents.ts';

/* What a format of weights that is not read consists of: how it is recognised, and what is said about it. */

/** A format that is not read. */
export interface ForeignFormat {
  /** Short, as it stands in docs/folders.md. */
  readonly format: string;
  /** What the folder is and the one command that makes a checkpoint of it; undefined for a folder of another format. */
  sentence(contents: FolderContents): string | undefined;
}

/** The first name that a pattern fits, in the order of names. */
export function firstName(names: Iterable<string>, pattern: RegExp): string | undefined {
  return [...names].sort().find((name) => pattern.test(name));
}
