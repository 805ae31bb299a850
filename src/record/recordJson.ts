import { readFile, stat } from 'node:fs/promises';
import type { ZodType } from 'zod';
import { InputError } from '../errors.ts';
import { readFault } from '../files/reading/fileFault.ts';
import { shortened } from '../files/reading/shown.ts';
import { parseStrictJson } from '../files/reading/strictJson.ts';

/** The JSON half of some kind of record. */
export interface RecordKind<Content> {
  /** For sentences: "run record". */
  readonly what: string;
  /** What the field `schema` says. */
  readonly name: string;
  /** The newest version that is read. */
  readonly version: number;
  readonly schema: ZodType<Content>;
}

/** The JSON half is small by design; a larger file is no record. 500,000 response rows and a full vocabulary are 20 MB. */
const maxJsonBytes = 256e6;
/** Characters of a part of a message. */
const longestPart = 400;

/** @throws InputError when the file cannot be read or is larger than any record */
export async function readRecordText(path: string, what: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > maxJsonBytes) throw new InputError(`"${path}" is too large (${size} bytes) for a ${what}.`);
    return await readFile(path, 'utf8');
  } catch (error) {
    throw readFault(error, path);
  }
}

/**
 * The JSON half that a text holds.
 *
 * @param path for messages
 * @throws InputError saying where the text is no such record
 */
export function parseRecordText<Content>(path: string, text: string, kind: RecordKind<Content>): Content {
  const value = parseStrictJson(text, `"${path}"`);
  const head =
    typeof value === 'object' && value !== null
      ? (value as { readonly schema?: unknown; readonly version?: unknown })
      : {};
  if (head.schema !== kind.name) throw new InputError(`"${path}" is not a ${kind.what} of this program.`);
  const { version } = head;
  if (typeof version === 'number' && version > kind.version) {
    throw new InputError(
      `"${path}" was made by a newer version of this program (record version ${version}, this one reads up to ` +
        `${kind.version}): update the program.`,
    );
  }
  const parsed = kind.schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  // Both may quote names out of the file.
  const where = shortened(issue.path.map(String).join('.'), longestPart) || 'the whole record';
  throw new InputError(`"${path}" is not a valid ${kind.what}: at ${where}: ${shortened(issue.message, longestPart)}.`);
}
