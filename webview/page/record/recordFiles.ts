import type { StatusLine } from './statusLine.ts';

/* What a record is called on its page, and how the files that the page makes of it are saved. */

export interface RecordNames {
  /** The record's file name without its ending. Untrusted. */
  readonly stem: string;
  /** As much of it as stands in the names of other files. */
  readonly safeStem: string;
}

/** @param ending of the record's file: `.comparison.json` */
export function recordNames(path: string, ending: string): RecordNames {
  const name = path.split(/[\\/]/).at(-1) ?? '';
  const stem = name.endsWith(ending) ? name.slice(0, -ending.length) : name;
  return { stem, safeStem: stem.replace(/[^\w.-]+/g, '-').slice(0, 60) };
}

/**
 * Saves files named after the record, and says what became of them.
 *
 * @param save asks the user where to put a file; the name of the file written, or undefined
 */
export function recordFiles(
  { safeStem }: RecordNames,
  status: StatusLine,
  save: (file: { readonly name: string; readonly bytes: Uint8Array }) => Promise<string | undefined>,
): (name: string, content: () => Uint8Array | Promise<Uint8Array>) => Promise<void> {
  return (name, content) =>
    status.tell(async () => {
      const saved = await save({ name: `${safeStem}-${name}`, bytes: await content() });
      return saved === undefined ? undefined : `Saved ${saved}.`;
    });
}
