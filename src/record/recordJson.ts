import type { ZodType } from 'zod';
import { InputError } from '../errors.ts';
import { inputKinds } from '../files/reading/inputKind.ts';
import { quotedPath, shownReason } from '../files/reading/shown.ts';
import { isJsonObject, type JsonObject, parseStrictJson } from '../files/reading/strictJson.ts';
import { readTextFile } from '../files/reading/textFile.ts';
import { untilStill } from './untilStill.ts';

/* Reads the JSON of a record of any kind, says what is wrong with it, and lays it out in lines. */

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

/** Lists so deep with a line for each item. */
function listLines(value: unknown, depth: number): string {
  if (depth === 0 || !Array.isArray(value)) return JSON.stringify(value);
  return `[\n${value.map((item: unknown) => listLines(item, depth - 1)).join(',\n')}\n]`;
}

/**
 * JSON with a line for each field and, in the long one, for each item: readable, and no longer than it must be.
 *
 * @param depth of the long field's lists: 2 where its items are lists of what has a line
 */
export function recordLines<Content extends object>(record: Content, long: keyof Content, depth: number): string {
  const lines = Object.entries(record)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${JSON.stringify(key)}: ${listLines(value, key === long ? depth : 0)}`);
  return `{\n${lines.join(',\n')}\n}\n`;
}
