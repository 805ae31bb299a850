import { stat } from 'node:fs/promises';
import { InputError } from '../errors.ts';
import { shown } from '../files/reading/shown.ts';
import { predictedResponses } from '../method/responseRows.ts';
import { CalibrationNotes } from './calibrationNotes.ts';
import type { LinePlace } from './linePlace.ts';
import { type Line, readLines } from './lines.ts';
import { type PairFields, parsePairLine } from './pairLine.ts';
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
  // What is wrong with the file is said where it is read.
  const info = await stat(path).catch(() => undefined);
  place.start(info?.size ?? 0);
  for await (const line of readLines(path)) {
    place.beginLine(line.number, line.bytes);
    const sample = sampleOf(line, found, tokenizer, notes, options);
    place.endLine();
    if (sample === undefined) continue;
    onSample(sample);
    found++;
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
  line: Line,
  index: number,
  tokenizer: TextTokenizer,
  notes: CalibrationNotes,
  options: SampleOptions,
): CalibrationSample | undefined {
  if (line.text.trim() === '') return undefined;
  const { ids, promptLength } = encodePair(line, tokenizer, options);
  const kept = Math.min(ids.length, options.maxLength);
  const responses = predictedResponses([{ start: promptLength, end: ids.length }], kept);
  if (responses.length === 0) {
    notes.skipped(line.number, whyNoRows(ids.length, promptLength, options.maxLength));
    return undefined;
  }
  if (kept < ids.length) notes.cut(line.number, ids.length, kept);
  return { index, line: line.number, ids: Uint32Array.from(ids.slice(0, kept)), responses };
}

function encodePair(line: Line, tokenizer: TextTokenizer, options: SampleOptions) {
  const { prompt, response } = parsePairLine(line, options, options.path);
  const promptIds = tokenizer.encode(prompt);
  const responseIds = tokenizer.encode(response);
  if (responseIds.length === 0) {
    throw new InputError(
      `"${options.path}", line ${line.number}: the field "${options.responseField}" has no token: there is nothing to measure.`,
    );
  }
  const ids = promptIds.concat(responseIds);
  const beyond = ids.find((id) => id >= options.vocabSize);
  if (beyond !== undefined) {
    throw new InputError(
      `"${options.path}", line ${line.number}: token ${beyond}, ${shown(tokenizer.spelling(beyond))}, is beyond the model's ` +
        `vocabulary of ${options.vocabSize}. Does "${options.tokenizerPath}" belong to this model?`,
    );
  }
  return { ids, promptLength: promptIds.length };
}

function whyNoRows(length: number, promptLength: number, maxLength: number): string {
  if (length > 1) return `its prompt alone has ${promptLength} tokens, and at most ${maxLength} are used`;
  return 'its only token has no token before it to predict it';
}
