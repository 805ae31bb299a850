import { InputError } from '../errors.ts';
import { shown } from '../files/reading/shown.ts';
import { predictedResponses } from '../method/responseRows.ts';
import { CalibrationNotes } from './calibrationNotes.ts';
import type { LinePlace } from './linePlace.ts';
import { type PairFields, parsePairRow } from './pairLine.ts';
import { openRowFile } from './rows/openRowFile.ts';
import { type Row, rowPlace } from './rows/row.ts';
import type { CalibrationSample } from './sample.ts';
import { readTokenizer, type TextTokenizer } from './tokenizer/tokenizer.ts';

/** A calibration file and how it is read. */
export interface SampleOptions extends PairFields {
  /** JSONL file, one prompt–response pair a line. */
  readonly path: string;
  /** `tokenizer.json` of the checkpoint. */
  readonly tokenizerPath: string;
  /** Longest sequence in tokens; longer ones lose the end of their response. */
  readonly maxLength: number;
  readonly vocabSize: number;
}

/**
 * Reads and tokenises a calibration file, on this thread: for as long as its tokenizer likes. Prompt and response are
 * encoded apart, no special tokens are added, and the ids are joined. Blank lines are passed over.
 *
 * @param place is kept up to date
 * @param onSample hears the samples that are used, in the order of the file
 * @returns sentences on what is cut or skipped, the first lines of each kind by number
 * @throws InputError naming the line that is not a pair, or a token that the model does not have; or when no line can be
 *   used
 */
export async function readSamples(
  options: SampleOptions,
  place: LinePlace,
  onSample: (sample: CalibrationSample) => void,
): Promise<readonly string[]> {
  const { path } = options;
  const tokenizer = await readTokenizer(options.tokenizerPath);
  const notes = new CalibrationNotes();
  let found = 0;
  const file = await openRowFile(0, path);
  try {
    place.start(file.byteLength);
    for await (const row of file.readAll()) {
      place.beginLine(row.number, row.bytes);
      const sample = sampleOf(row, found, tokenizer, notes, options);
      place.endLine();
      if (sample === undefined) continue;
      onSample(sample);
      found++;
    }
    file.checkUnchanged();
  } finally {
    file.close();
  }
  const sentences = notes.sentences();
  if (found === 0) {
    const why = sentences.length === 0 ? 'it is empty.' : `every line is skipped. ${sentences[0]}`;
    throw new InputError(`"${path}" has no prompt-response pair to use: ${why}`);
  }
  return sentences;
}

/** The sample of one line; undefined when there is none to use. */
function sampleOf(
  row: Row,
  index: number,
  tokenizer: TextTokenizer,
  notes: CalibrationNotes,
  options: SampleOptions,
): CalibrationSample | undefined {
  const { ids, promptLength } = encodePair(row, tokenizer, options);
  const kept = Math.min(ids.length, options.maxLength);
  const responses = predictedResponses([{ start: promptLength, end: ids.length }], kept);
  if (responses.length === 0) {
    notes.skipped(row.number, whyNoRows(ids.length, promptLength, options.maxLength));
    return undefined;
  }
  if (kept < ids.length) notes.cut(row.number, ids.length, kept);
  return { index, line: row.number, ids: Uint32Array.from(ids.slice(0, kept)), responses };
}

function encodePair(row: Row, tokenizer: TextTokenizer, options: SampleOptions) {
  const { prompt, response } = parsePairRow(row, options, options.path);
  const promptIds = tokenizer.encode(prompt);
  const responseIds = tokenizer.encode(response);
  if (responseIds.length === 0) {
    throw new InputError(
      `${rowPlace(options.path, row.unit, row.number)}: the field "${options.responseField}" has no token: there is nothing to measure.`,
    );
  }
  const ids = promptIds.concat(responseIds);
  const beyond = ids.find((id) => id >= options.vocabSize);
  if (beyond !== undefined) {
    throw new InputError(
      `${rowPlace(options.path, row.unit, row.number)}: token ${beyond}, ${shown(tokenizer.spelling(beyond))}, is beyond the model's ` +
        `vocabulary of ${options.vocabSize}. Does "${options.tokenizerPath}" belong to this model?`,
    );
  }
  return { ids, promptLength: promptIds.length };
}

function whyNoRows(length: number, promptLength: number, maxLength: number): string {
  if (length > 1) return `its prompt alone has ${promptLength} tokens, and at most ${maxLength} are used`;
  return 'its only token has no token before it to predict it';
}
