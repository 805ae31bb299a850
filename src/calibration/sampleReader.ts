import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { InputError } from '../errors.ts';
import { shown, shownCount } from '../files/reading/shown.ts';
import { predictedResponses, type Responses } from '../method/responseRows.ts';
import type { CalibrationSettings, ShapeName } from '../settings/calibrationSettings.ts';
import { CalibrationNotes } from './calibrationNotes.ts';
import { ConversationFault } from './chat/conversation.ts';
import { type Dict, isDict } from './chat/jinja/values/values.ts';
import { type RenderingOptions, RowRenderer } from './rowRenderer.ts';
import { type Row, rowPlace } from './rows/row.ts';
import type { CalibrationSample } from './sample.ts';
import { type DatasetInfo, shapeOfDatasetInfo } from './shapes/datasetInfo.ts';
import { shapeOf } from './shapes/detectShape.ts';
import type { RowContent, Shape } from './shapes/shape.ts';
import type { TextTokenizer } from './tokenizer/tokenizer.ts';

/* Turns the rows of calibration files into samples, one after the other, and says how they were read. */

export interface ReadingOptions extends CalibrationSettings, RenderingOptions {
  /** Calibration files, at least one. */
  readonly paths: readonly string[];
  /** Names the tokenizer in messages. */
  readonly tokenizerPath: string;
  /** Longest sequence in tokens; longer ones lose their end. */
  readonly maxLength: number;
  readonly vocabSize: number;
}

/** A sample before it is known how many are kept. */
export type UnnumberedSample = Omit<CalibrationSample, 'index'>;

/** How calibration files were read. */
export interface CalibrationReading {
  readonly shape: ShapeName;
  /** The shape in words, with the fields that were read. */
  readonly label: string;
  /** Chat templates that rows were rendered with, by where they stand; none for plain text. */
  readonly templates: readonly { readonly place: string; readonly sha256: string }[];
  /** Spellings of the special tokens put before and after plain text. */
  readonly special: { readonly before: readonly string[]; readonly after: readonly string[] };
  /** Rows that were read: of those that the files have, the ones drawn. */
  readonly rows: number;
  readonly skipped: number;
  /** All this in a sentence. */
  readonly sentence: string;
}

export class SampleReader {
  readonly #options: ReadingOptions;
  readonly #tokenizer: TextTokenizer;
  readonly #info: DatasetInfo | undefined;
  readonly #renderer: RowRenderer;
  /** What is to be said of rows that are drawn, cut or skipped. */
  readonly notes: CalibrationNotes;
  #shape: Shape | undefined;
  /** The row that the shape was learnt from. */
  #known: Row | undefined;
  #rows = 0;
  /** Rows that were plain text. */
  #plain = 0;
  /** Rows with a field that is not read, by its name. */
  readonly #unused = new Map<string, number>();

  /** @param info what LLaMA-Factory's `dataset_info.json` says of the files */
  constructor(options: ReadingOptions, tokenizer: TextTokenizer, info?: DatasetInfo) {
    this.#options = options;
    this.#tokenizer = tokenizer;
    this.#info = info;
    this.notes = new CalibrationNotes(options.paths);
    this.#renderer = new RowRenderer(options, tokenizer);
  }

  /**
   * Learns from one of the first rows what all are. Until then no row can be read.
   *
   * @throws InputError naming the row when it has the shape of nothing that is read
   */
  learnShape(known: Row): void {
    const row = this.#fieldsOf(known);
    const { pairsAs } = this.#options;
    this.#shape = this.#at(known, '', () =>
      this.#info === undefined ? shapeOf(row, this.#options) : shapeOfDatasetInfo(this.#info, pairsAs),
    );
    this.#known = known;
  }

  /** @throws InputError naming a row that has another shape than the first */
  holdToShape(row: Row): void {
    this.#contentOf(row);
  }

  /**
   * The sample of a row; undefined when it is skipped, which the notes then say.
   *
   * @throws InputError naming the row that has another shape than the first, or a token that the model does not have; or
   *   when the chat template cannot be used
   */
  async sample(row: Row): Promise<UnnumberedSample | undefined> {
    this.#rows++;
    const content = this.#contentOf(row);
    const encoded = content.kind === 'nothing' ? content.why : await this.#renderer.encode(content);
    if (typeof encoded === 'string') return this.#skip(row, encoded);
    if (content.kind === 'pair') this.#plain++;
    if (content.kind !== 'nothing' && content.unused !== undefined) {
      this.#unused.set(content.unused, (this.#unused.get(content.unused) ?? 0) + 1);
    }
    const { maxLength, paths } = this.#options;
    const ids = Uint32Array.from(encoded.ids);
    this.#checkVocabulary(ids, row);
    const responses = predictedResponses(encoded.responses, maxLength);
    if (responses.length === 0) return this.#skip(row, whyNoRows(ids.length, encoded.responses, maxLength, content));
    if (ids.length > maxLength) this.notes.cut(row, ids.length, maxLength, encoded.responses.length);
    const file = paths.length === 1 ? {} : { file: row.file };
    return { ...file, line: row.number, ids: ids.slice(0, maxLength), responses };
  }

  /** How the rows were read. The shape must be known. */
  reading(): CalibrationReading {
    const { name, label, remarks } = this.#shape!;
    const templates = this.#renderer.templates.map(({ place, source }) => ({
      place,
      sha256: createHash('sha256').update(source).digest('hex'),
    }));
    const spelling = (id: number) => this.#tokenizer.spelling(id) ?? `<${id}>`;
    const { before, after } = this.#plain > 0 ? this.#renderer.special : { before: [], after: [] };
    const special = { before: before.map(spelling), after: after.map(spelling) };
    const parts = [label, ...remarks];
    if (this.#plain > 0) parts.push(`plain text${around(special)}`);
    if (templates.length > 0) {
      const turns = this.#options.turns === 'last' ? "the assistant's last turn" : "the assistant's turns";
      parts.push(`rendered with the chat template ${templates.map(({ place }) => place).join(' and ')}`);
      parts.push(`${turns} as responses`);
    }
    for (const [field, rows] of this.#unused) {
      parts.push(`the field ${shown(field)} of ${shownCount(rows, 'row')} is not used`);
    }
    const { skips } = this.notes;
    if (skips > 0) parts.push(`${shownCount(skips)} of ${shownCount(this.#rows)} rows skipped`);
    const [first, ...more] = this.#options.paths;
    const others = more.length === 0 ? '' : ` and ${shownCount(more.length, 'more file')}`;
    const sentence = `${shown(basename(first!))}${others}: ${parts.join('; ')}.`;
    return { shape: name, label, templates, special, rows: this.#rows, skipped: skips, sentence };
  }

  #contentOf(row: Row): RowContent {
    const shape = this.#shape!;
    const known = this.#known!;
    const isAfter = row.file === known.file && row.number > known.number;
    const others = isAfter ? 'The rows before it' : `The rows of ${shown(basename(this.#options.paths[known.file]!))}`;
    const rest = isAfter || row.file !== known.file ? ` ${others} are ${shape.label}.` : '';
    return this.#at(row, rest, () => shape.read(this.#fieldsOf(row)));
  }

  #fieldsOf(row: Row): Dict {
    const fields = row.read();
    if (!isDict(fields)) throw new InputError(`${this.#placeOf(row)}: the ${row.unit} is not a JSON object.`);
    return fields;
  }

  /** What is wrong with a row is said with its place. */
  #at<Made>(row: Row, rest: string, work: () => Made): Made {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof ConversationFault)) throw error;
      throw new InputError(`${this.#placeOf(row)}: ${error.message}.${rest}`, { cause: error });
    }
  }

  #placeOf({ file, unit, number }: Row): string {
    return rowPlace(this.#options.paths[file]!, unit, number);
  }

  #skip(row: Row, why: string): undefined {
    this.notes.skipped(row, why);
  }

  #checkVocabulary(ids: Uint32Array, row: Row): void {
    const { tokenizerPath, vocabSize } = this.#options;
    const beyond = ids.find((id) => id >= vocabSize);
    if (beyond === undefined) return;
    throw new InputError(
      `${this.#placeOf(row)}: token ${beyond}, ${shown(this.#tokenizer.spelling(beyond))}, is beyond the model's ` +
        `vocabulary of ${vocabSize}. Does "${tokenizerPath}" belong to this model?`,
    );
  }
}

function around({ before, after }: CalibrationReading['special']): string {
  const text = (tokens: readonly string[]) => tokens.map((token) => shown(token)).join(' ');
  const places = [
    ...(before.length > 0 ? [`${text(before)} before`] : []),
    ...(after.length > 0 ? [`${text(after)} after`] : []),
  ];
  return places.length === 0 ? '' : `, ${places.join(' and ')} each`;
}

function whyNoRows(length: number, responses: Responses, maxLength: number, { kind }: RowContent): string {
  if (length === 1) return 'its only token has no token before it to predict it';
  const { start } = responses[0]!;
  return kind === 'pair'
    ? `its prompt alone has ${start} tokens, and at most ${maxLength} are used`
    : `its first response begins after ${start} tokens, and at most ${maxLength} are used`;
}
