import { stat } from 'node:fs/promises';
import { InputError } from '../errors.ts';
import { ConversationFault, parseMessageJson } from './chat/conversation.ts';
import type { Value } from './chat/jinja/values/values.ts';
import type { LinePlace } from './linePlace.ts';
import { type Line, readLines } from './lines.ts';
import type { CalibrationSample } from './sample.ts';
import { type CalibrationReading, type ReadingOptions, SampleReader } from './sampleReader.ts';
import { readDatasetInfo } from './shapes/datasetInfo.ts';
import { readTokenizer } from './tokenizer/tokenizer.ts';

/** A calibration file and how it is read: `path` is a JSONL file, one row a line. */
export type SampleOptions = ReadingOptions;

/** What is to be said of a calibration file. */
export interface SampleFindings {
  readonly reading: CalibrationReading;
  /** Sentences on what is cut or skipped, the first lines of each kind by number. */
  readonly notes: readonly string[];
}

/**
 * Reads and tokenises a calibration file, on this thread: for as long as its tokenizer or its chat template likes. Blank
 * lines are passed over.
 *
 * @param place is kept up to date
 * @param onSample hears the samples that are used, in the order of the file
 * @throws InputError naming the line that is no row like the others, or a token that the model does not have; or when no
 *   line can be used
 */
export async function readSamples(
  options: SampleOptions,
  place: LinePlace,
  onSample: (sample: CalibrationSample) => void,
): Promise<SampleFindings> {
  const { path, format, promptField, responseField } = options;
  const tokenizer = await readTokenizer(options.tokenizerPath);
  const asked = format !== 'auto' || promptField !== '' || responseField !== '';
  const reader = new SampleReader(options, tokenizer, asked ? undefined : await readDatasetInfo(path));
  // What is wrong with the file is said where it is read.
  const info = await stat(path).catch(() => undefined);
  place.start(info?.size ?? 0);
  for await (const line of readLines(path)) {
    place.beginLine(line.number, line.bytes);
    const sample = line.text.trim() === '' ? undefined : await reader.sample(parsedRow(line, path), line.number);
    place.endLine();
    if (sample !== undefined) onSample(sample);
  }
  const notes = reader.notes();
  if (reader.found === 0) {
    const why = notes.length === 0 ? 'it is empty.' : `every line is skipped. ${notes[0]}`;
    throw new InputError(`"${path}" has no response to use: ${why}`);
  }
  return { reading: reader.reading(), notes };
}

function parsedRow({ text, number }: Line, path: string): Value {
  try {
    return parseMessageJson(text, 'the line');
  } catch (error) {
    if (!(error instanceof ConversationFault)) throw error;
    throw new InputError(`"${path}", line ${number}: ${error.message}. Each line must be one JSON object.`);
  }
}
