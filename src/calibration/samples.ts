import { InputError } from '../errors.ts';
import { quotedPath, shown } from '../files/reading/shown.ts';
import { predictedResponses } from '../method/responseRows.ts';
import { CalibrationNotes } from './calibrationNotes.ts';
import type { LinePlace } from './linePlace.ts';
import { type PairFields, parsePairRow } from './pairLine.ts';
import { type DrawOptions, drawRows } from './rows/drawRows.ts';
import { openRowFiles } from './rows/openRowFile.ts';
import { type Row, rowPlace } from './rows/row.ts';
import type { CalibrationSample } from './sample.ts';
import { readTokenizer, type TextTokenizer } from './tokenizer/tokenizer.ts';

/** Calibration files and how they are read. */
export interface SampleOptions extends PairFields, DrawOptions {
  /** Files of prompt–response pairs, at least one. */
  readonly paths: readonly string[];
  /** `tokenizer.json` of the checkpoint. */
  readonly tokenizerPath: string;
  /** Longest sequence in tokens; longer ones lose the end of their response. */
  readonly maxLength: number;
  readonly vocabSize: number;
}

/** A sample before it is known how many are kept. */
type UnnumberedSample = Omit<CalibrationSample, 'index'>;

/**
 * Reads and tokenises calibration files, on this thread: for as long as the tokenizer likes. Prompt and response are
 * encoded apart, no special tokens are added, and the ids are joined. Blank lines are passed over.
 *
 * @param place is kept up to date
 * @param onSample hears the samples that are used, in the order of the files
 * @returns sentences on what was drawn, cut or skipped, the first lines of each kind by number
 * @throws InputError naming the row that is not a pair, or a token that the model does not have; or when no row can be
 *   used
 */
export async function readSamples(
  options: SampleOptions,
  place: LinePlace,
  onSample: (sample: CalibrationSample) => void,
): Promise<readonly string[]> {
  const { paths } = options;
  const tokenizer = await readTokenizer(options.tokenizerPath);
  const notes = new CalibrationNotes(paths);
  const files = await openRowFiles(paths, place);
  let index = 0;
  try {
    const use = (row: Row): UnnumberedSample | undefined => {
      place.beginLine(row);
      const sample = sampleOf(row, tokenizer, notes, options);
      place.endLine();
      return sample;
    };
    const drawing = drawRows(files, options, use, place);
    let step = await drawing.next();
    for (; step.done !== true; step = await drawing.next()) onSample({ index: index++, ...step.value });
    for (const file of files) file.checkUnchanged();
    notes.drawn(step.value, index, options);
  } finally {
    for (const file of files) file.close();
  }
  const sentences = notes.sentences();
  if (index === 0) {
    const [first] = notes.skippedSentences();
    const each = paths.length > 1 ? 'each' : 'it';
    const why = first === undefined ? `${each} is empty.` : `every ${files[0]!.unit} is skipped. ${first}`;
    const subject = paths.map((path) => quotedPath(path)).join(', ');
    throw new InputError(`${subject} ${paths.length > 1 ? 'have' : 'has'} no prompt-response pair to use: ${why}`);
  }
  return sentences;
}

/** The sample of one row; undefined when there is none to use. */
function sampleOf(
  row: Row,
  tokenizer: TextTokenizer,
  notes: CalibrationNotes,
  options: SampleOptions,
): UnnumberedSample | undefined {
  const { ids, promptLength } = encodePair(row, tokenizer, options);
  const kept = Math.min(ids.length, options.maxLength);
  const responses = predictedResponses([{ start: promptLength, end: ids.length }], kept);
  if (responses.length === 0) {
    notes.skipped(row, whyNoRows(ids.length, promptLength, options.maxLength));
    return undefined;
  }
  if (kept < ids.length) notes.cut(row, ids.length, kept);
  return {
    ...(options.paths.length === 1 ? {} : { file: row.file }),
    line: row.number,
    ids: Uint32Array.from(ids.slice(0, kept)),
    responses,
  };
}

function encodePair(row: Row, tokenizer: TextTokenizer, options: SampleOptions) {
  const path = options.paths[row.file]!;
  const { prompt, response } = parsePairRow(row, options, path);
  const promptIds = tokenizer.encode(prompt);
  const responseIds = tokenizer.encode(response);
  if (responseIds.length === 0) {
    throw new InputError(
      `${rowPlace(path, row.unit, row.number)}: the field "${options.responseField}" has no token: there is nothing to measure.`,
    );
  }
  const ids = promptIds.concat(responseIds);
  const beyond = ids.find((id) => id >= options.vocabSize);
  if (beyond !== undefined) {
    throw new InputError(
      `${rowPlace(path, row.unit, row.number)}: token ${beyond}, ${shown(tokenizer.spelling(beyond))}, is beyond the model's ` +
        `vocabulary of ${options.vocabSize}. Does "${options.tokenizerPath}" belong to this model?`,
    );
  }
  return { ids, promptLength: promptIds.length };
}

function whyNoRows(length: number, promptLength: number, maxLength: number): string {
  if (length > 1) return `its prompt alone has ${promptLength} tokens, and at most ${maxLength} are used`;
  return 'its only token has no token before it to predict it';
}
