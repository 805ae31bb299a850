import { InputError } from '../errors.ts';
import { quotedPath } from '../files/reading/shown.ts';
import type { LinePlace } from './linePlace.ts';
import { type DrawOptions, drawRows } from './rows/drawRows.ts';
import { openRowFiles } from './rows/openRowFile.ts';
import type { Row, RowFile, RowUnit } from './rows/row.ts';
import type { CalibrationSample } from './sample.ts';
import { type CalibrationReading, type ReadingOptions, SampleReader } from './sampleReader.ts';
import { readDatasetInfo } from './shapes/datasetInfo.ts';
import { readTokenizer } from './tokenizer/tokenizer.ts';

/* Reads calibration files as samples: opens them, learns the shape of their rows, draws rows and turns each into a sample. */

/** Calibration files and how they are read. */
export interface SampleOptions extends ReadingOptions, DrawOptions {}

/** What is to be said of calibration files. */
export interface SampleFindings {
  readonly reading: CalibrationReading;
  /** Sentences on what is drawn, cut or skipped, the first lines of each kind by number. */
  readonly notes: readonly string[];
  /** What a row of each file is called. */
  readonly units: readonly RowUnit[];
}

/** Rows that are looked at for the shape of all: the first may lack what the others have. */
const firstRows = 32;

/** Does something at a row that the place then tells. */
type AtRow = <Made>(row: Row, work: () => Made | Promise<Made>) => Promise<Made>;

/**
 * Reads and tokenises calibration files, on this thread: for as long as the tokenizer or the chat template likes. Blank
 * lines are passed over.
 *
 * @param place is kept up to date
 * @param onSample hears the samples that are used, in the order of the files
 * @throws InputError naming the row that is no row like the first, or a token that the model does not have; or when no
 *   row can be used
 */
export async function readSamples(
  options: SampleOptions,
  place: LinePlace,
  onSample: (sample: CalibrationSample) => void,
): Promise<SampleFindings> {
  const { paths, format, promptField, responseField } = options;
  const tokenizer = await readTokenizer(options.tokenizerPath);
  const asked = format !== 'auto' || promptField !== '' || responseField !== '';
  const reader = new SampleReader(options, tokenizer, asked ? undefined : await readDatasetInfo(paths));
  const files = await openRowFiles(paths, place);
  const atRow: AtRow = async (row, work) => {
    place.beginLine(row);
    try {
      return await work();
    } finally {
      place.endLine();
    }
  };
  let index = 0;
  try {
    const taught = await learnShape(reader, files, atRow);
    if (taught !== undefined) await holdFirstRows(reader, files, taught, atRow);
    const drawing = drawRows(files, options, (row) => atRow(row, () => reader.sample(row)), place);
    let step = await drawing.next();
    for (; step.done !== true; step = await drawing.next()) onSample({ index: index++, ...step.value });
    for (const file of files) file.checkUnchanged();
    reader.notes.drawn(step.value, index, options);
  } finally {
    for (const file of files) file.close();
  }
  if (index === 0) {
    const [skipped] = reader.notes.skippedSentences();
    const each = paths.length > 1 ? 'each' : 'it';
    const why = skipped === undefined ? `${each} is empty.` : `every ${files[0]!.unit} is skipped. ${skipped}`;
    const subject = paths.map((path) => quotedPath(path)).join(', ');
    throw new InputError(`${subject} ${paths.length > 1 ? 'have' : 'has'} no response to use: ${why}`);
  }
  return { reading: reader.reading(), notes: reader.notes.sentences(), units: files.map(({ unit }) => unit) };
}

/**
 * Holds the first row of every other file to the shape, drawn or not, and says which files have none.
 *
 * @param taught the file that the shape was learnt from, whose first rows may have told none
 */
async function holdFirstRows(
  reader: SampleReader,
  files: readonly RowFile[],
  taught: number,
  atRow: AtRow,
): Promise<void> {
  for (const [index, file] of files.entries()) {
    if (index === taught) continue;
    let rows = 0;
    for await (const row of file.readAll()) {
      rows++;
      await atRow(row, () => reader.holdToShape(row));
      break;
    }
    if (rows === 0) reader.notes.empty(index);
  }
}

/**
 * Has the reader learn from the first row whose shape is known, drawn or not: it does not hang on the seed.
 *
 * @returns index of the file that has this row; undefined when no file has rows
 */
async function learnShape(reader: SampleReader, files: readonly RowFile[], atRow: AtRow): Promise<number | undefined> {
  let fault: InputError | undefined;
  let looked = 0;
  for (const [index, file] of files.entries()) {
    for await (const row of file.readAll()) {
      try {
        await atRow(row, () => reader.learnShape(row));
        return index;
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        fault ??= error;
      }
      if (++looked === firstRows) throw fault;
    }
  }
  if (fault !== undefined) throw fault;
  return undefined;
}
