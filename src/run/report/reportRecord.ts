import { posix, win32 } from 'node:path';
import type { RecordArray } from '../../record/arrays/arrays.ts';
import { calibrationList } from '../../record/calibrationInputs.ts';
import type { OpenRecord } from '../../record/run/recordFile.ts';
import type { RunRecord } from '../../record/run/runRecord.ts';

/*
 * A run record as it may be given to others: without the folders of this machine and, on request, without the text of the
 * calibration.
 */

/** What stands for a token whose text is left out. */
export const hiddenToken = '▯';

/** Arrays of token ids: with the tokenizer, they are the text. */
const idArrays = /(^samples\.ids|^targets\.gold|\.top_ids)$/;

/** Every absolute path in a value that is one whole string, with its last name. */
function pathsIn(value: unknown, found = new Map<string, string>()): Map<string, string> {
  if (typeof value === 'string') {
    if (posix.isAbsolute(value)) found.set(value, posix.basename(value));
    else if (win32.isAbsolute(value)) found.set(value, win32.basename(value));
  } else if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) pathsIn(inner, found);
  }
  return found;
}

/** A copy of a value in which every string is changed. */
function withStrings<Value>(value: Value, change: (text: string) => string): Value {
  if (typeof value === 'string') return change(value) as Value;
  if (Array.isArray(value)) return value.map((inner: unknown) => withStrings(inner, change)) as Value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withStrings(inner, change)])) as Value;
}

/** Folders and files by their names alone, in notes too, whose sentences name them. */
function withoutFolders(record: RunRecord): RunRecord {
  // Texts of the calibration may look like paths.
  const { tokens, notes, calibration, ...rest } = record;
  const templates = calibration?.templates ?? [];
  const names = pathsIn([rest, templates]);
  const longestFirst = [...names].sort(([a], [b]) => b.length - a.length);
  const inNotes = (text: string) => longestFirst.reduce((so, [path, name]) => so.replaceAll(path, name), text);
  const named = (text: string) => names.get(text) ?? text;
  return {
    ...withStrings(rest, named),
    ...(calibration && { calibration: { ...calibration, templates: withStrings(templates, named) } }),
    tokens,
    notes: notes.map(inNotes),
  };
}

/** The record without any text of its calibration, its files' names and fields included. */
function withoutText(record: RunRecord): RunRecord {
  const { settings, inputs, calibration } = record;
  const files = calibrationList(inputs.calibration).map((file, i) => ({ ...file, name: `calibration-${i + 1}` }));
  return {
    ...record,
    settings: { ...settings, promptField: hiddenToken, responseField: hiddenToken, templateArgs: [] },
    inputs: {
      ...inputs,
      calibration: files.length === 1 ? files[0]! : files,
    },
    ...(calibration && {
      calibration: {
        ...calibration,
        label: 'left out',
        templates: [],
        templateArgs: [],
        special: { before: [], after: [] },
      },
    }),
    tokens: { ids: [0], texts: [hiddenToken] },
    notes: [],
  };
}

/**
 * The record and its arrays as a report holds them.
 *
 * @param text whether the calibration's text goes in; without, token ids are all 0
 */
export function reportRecord(
  { record, arrays }: OpenRecord,
  text: boolean,
): { readonly record: RunRecord; readonly arrays: ReadonlyMap<string, RecordArray> } {
  const known = withoutFolders(record);
  if (text) return { record: known, arrays };
  const hidden = new Map<string, RecordArray>();
  for (const [name, array] of arrays) hidden.set(name, idArrays.test(name) ? new Int32Array(array.length) : array);
  return { record: withoutText(known), arrays: hidden };
}
