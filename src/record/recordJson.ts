import type { ZodType } from 'zod';
import { InputError } from '../errors.ts';
import { inputKinds } from '../files/reading/inputKind.ts';
import { quotedPath, shownReason } from '../files/reading/shown.ts';
import { isJsonObject, type JsonObject, parseStrictJson } from '../files/reading/strictJson.ts';
import { readTextFile } from '../files/reading/textFile.ts';
import { untilStill } from './untilStill.ts';

/* Reads the JSON half of a record of either kind, and says what is wrong with it. */

/** The JSON half of some kind of record. */
export interface RecordKind<Content> {
  /** For sentences: "run record". */
  readonly what: string;
  /** What the field `schema` says. */
  readonly name: string;
  /** The newest version that is read. */
  readonly version: number;
  readonly schema: ZodType<Content>;
  /** A record of version 1, as the newest version has it; what it is not, it stays. Later versions only added fields. */
  readonly fromVersion1: (value: JsonObject) => JsonObject;
}

/** Comparisons of many pairs have the most: 60 a tensor of each pair. */
const mostValues = 20_000_000;

/**
 * The text of a JSON half, which is small by design.
 *
 * @throws InputError when the file cannot be read, is no regular file, or is larger than any record
 */
export function readRecordText(path: string): Promise<string> {
  return untilStill(() => readTextFile(path, inputKinds.record));
}

/**
 * The JSON half that a text holds.
 *
 * @param path for messages
 * @throws InputError saying where the text is no such record
 */
export function parseRecordText<Content>(path: string, text: string, kind: RecordKind<Content>): Content {
  const value = parseStrictJson(text, `"${path}"`, mostValues);
  if (!isJsonObject(value) || value['schema'] !== kind.name) {
    throw new InputError(`"${path}" is not a ${kind.what} of this program.`);
  }
  const { version } = value;
  if (typeof version === 'number' && version > kind.version) {
    throw new InputError(
      `"${path}" was made by a newer version of this program (record version ${version}, this one reads up to ` +
        `${kind.version}): update the program.`,
    );
  }
  const known = typeof version === 'number' && Number.isInteger(version) && version >= 1;
  const since2 = version === 1 ? kind.fromVersion1(value) : value;
  const parsed = kind.schema.safeParse(known ? { ...since2, version: kind.version } : value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const where = shownReason(issue.path.map(String).join('.')) || 'the whole record';
  throw new InputError(`${quotedPath(path)} is not a valid ${kind.what}: at ${where}: ${shownReason(issue.message)}.`);
}
