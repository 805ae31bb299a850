import { shown } from '../../files/reading/shown.ts';
import type { FolderContents } from './folderContents.ts';

/* What a format of weights that is not read consists of: how it is recognised, and what is said about it. */

/** A format that is not read. */
export interface ForeignFormat {
  /** Short, as it stands in docs/folders.md. */
  readonly format: string;
  /** What the folder is and the one command that makes a checkpoint of it; undefined for a folder of another format. */
  sentence(contents: FolderContents): string | undefined;
}

/** Names in one sentence; more are counted. */
const named = 3;

/** The first name that a pattern fits, in the order of names. */
export function firstName(names: Iterable<string>, pattern: RegExp): string | undefined {
  return [...names].sort().find((name) => pattern.test(name));
}

/** Names as a sentence lists them. */
export function listedNames(names: readonly string[]): string {
  const first = names.slice(0, named).map(shown).join(', ');
  return names.length > named ? `${first} and ${names.length - named} more` : first;
}
