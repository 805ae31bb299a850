import { InputError, Interrupted } from '../errors.ts';
import { shown } from '../files/reading/shown.ts';
import { CalibrationNotes } from './calibrationNotes.ts';
import { type Line, readLines } from './lines.ts';
import { type PairFields, parsePairLine } from './pairLine.ts';
import { type CalibrationSample, responseRows } from './sample.ts';
import { readTokenizer, type TextTokenizer } from './tokenizer/tokenizer.ts';

/*
 * Reads a calibration file: turns each prompt–response pair into token ids, and notes which lines were cut or skipped.
 */

export interface CalibrationOptions extends PairFields {
  /** JSONL file, one prompt–response pair a line. */
  readonly path: string;
  /** `tokenizer.json` of the checkpoint. */
  readonly tokenizerPath: string;
  /** Longest sequence in tokens; longer ones lose the end of their response. */
  readonly maxLength: number;
  readonly vocabSize: number;
  readonly signal?: AbortSignal | undefined;
}

/** The samples of a calibration file that are used. */
export interface Calibration {
  readonly samples: readonly CalibrationSample[];
  /** Sentences on what is cut or skipped, the first lines of each kind by number. */
  readonly notes: readonly string[];
}

/**
 * Reads and tokenises a calibration file. Prompt and response are encoded apart, no special tokens are added, and the
 * ids are joined. Blank lines are passed over.
 * @throws InputError naming the line that is not a pair, or a token that the model does not have; or when no line can be
 *   used
 * @throws Interrupted by the signal
 */
export async function readCalibration(options: CalibrationOptions): Promise<Calibration> {
  const { path } = options;
  const tokenizer = await readTokenizer(options.tokenizerPath);
  const samples: CalibrationSample[] = [];
  const notes = new CalibrationNotes();
  for await (const line of readLines(path)) {
    if (options.signal?.aborted) throw new Interrupted('Stopped.');
    if (line.text.trim() === '') continue;
    const { ids, promptLength } = encodePair(line, tokenizer, options);
    const kept = Math.min(ids.length, options.maxLength);
    const sample: CalibrationSample = {
      index: samples.length,
      line: line.number,
      ids: Uint32Array.from(ids.slice(0, kept)),
      promptLength,
    };
    const { start, end } = responseRows(sample);
    if (end <= start) {
      notes.skipped(line.number, whyNoRows(ids.length, promptLength, options.maxLength));
      continue;
    }
    if (kept < ids.length) notes.cut(line.number, ids.length, kept);
    samples.push(sample);
  }
  const sentences = notes.sentences();
  if (samples.length === 0) {
    const why = sentences.length === 0 ? 'it is empty.' : `every line is skipped. ${sentences[0]}`;
    throw new InputError(`"${path}" has no prompt-response pair to use: ${why}`);
  }
  return { samples, notes: sentences };
}

function encodePair(line: Line, tokenizer: TextTokenizer, options: CalibrationOptions) {
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
