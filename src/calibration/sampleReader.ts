import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { InputError } from '../errors.ts';
import { shown } from '../files/reading/shown.ts';
import { predictedResponses, type Responses } from '../method/responseRows.ts';
import type { CalibrationSettings, ShapeName } from '../settings/calibrationSettings.ts';
import { CalibrationNotes } from './calibrationNotes.ts';
import { ConversationFault } from './chat/conversation.ts';
import { isDict, type Value } from './chat/jinja/values/values.ts';
import { type RenderingOptions, RowRenderer } from './rowRenderer.ts';
import type { CalibrationSample } from './sample.ts';
import { type DatasetInfo, shapeOfDatasetInfo } from './shapes/datasetInfo.ts';
import { shapeOf } from './shapes/detectShape.ts';
import type { RowContent, Shape } from './shapes/shape.ts';
import type { TextTokenizer } from './tokenizer/tokenizer.ts';

/* Turns the rows of a calibration file into samples, one after the other, and says how they were read. */

export interface ReadingOptions extends CalibrationSettings, RenderingOptions {
  /** Names the file in messages. */
  readonly path: string;
  /** Names the tokenizer in messages. */
  readonly tokenizerPath: string;
  /** Longest sequence in tokens; longer ones lose their end. */
  readonly maxLength: number;
  readonly vocabSize: number;
}

/** How a calibration file was read. */
export interface CalibrationReading {
  readonly shape: ShapeName;
  /** The shape in words, with the fields that were read. */
  readonly label: string;
  /** Chat templates that rows were rendered with, by where they stand; none for plain text. */
  readonly templates: readonly { readonly place: string; readonly sha256: string }[];
  /** Spellings of the special tokens put before and after plain text. */
  readonly special: { readonly before: readonly string[]; readonly after: readonly string[] };
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
  readonly #notes = new CalibrationNotes();
  #shape: Shape | undefined;
  #rows = 0;
  #found = 0;
  /** Rows that were plain text. */
  #plain = 0;

  /** @param info what LLaMA-Factory's `dataset_info.json` says of the file */
  constructor(options: ReadingOptions, tokenizer: TextTokenizer, info?: DatasetInfo) {
    this.#options = options;
    this.#tokenizer = tokenizer;
    this.#info = info;
    this.#renderer = new RowRenderer(options, tokenizer);
  }

  /** How many samples there are so far. */
  get found(): number {
    return this.#found;
  }

  /**
   * The sample of the next row; undefined when it is skipped, which the notes then say.
   *
   * @param number 1-based line or row, for messages
   * @throws InputError naming the row that has another shape than the rest, or a token that the model does not have; or
   *   when the chat template cannot be used
   */
  async sample(row: Value, number: number): Promise<CalibrationSample | undefined> {
    this.#rows++;
    const content = this.#contentOf(row, number);
    const encoded = content.kind === 'nothing' ? content.why : await this.#renderer.encode(content);
    if (typeof encoded === 'string') return this.#skip(number, encoded);
    if (content.kind === 'pair') this.#plain++;
    const { maxLength } = this.#options;
    const ids = Uint32Array.from(encoded.ids);
    this.#checkVocabulary(ids, number);
    const responses = predictedResponses(encoded.responses, maxLength);
    if (responses.length === 0) return this.#skip(number, whyNoRows(ids.length, encoded.responses, maxLength, content));
    if (ids.length > maxLength) this.#notes.cut(number, ids.length, maxLength, encoded.responses.length);
    return { index: this.#found++, line: number, ids: ids.slice(0, maxLength), responses };
  }

  /** Sentences on what is cut or skipped, the first rows of each kind by number. */
  notes(): string[] {
    return this.#notes.sentences();
  }

  /** How the rows were read. There must have been one. */
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
    const { skips } = this.#notes;
    if (skips > 0) parts.push(`${count(skips)} of ${count(this.#rows)} rows skipped`);
    const sentence = `${shown(basename(this.#options.path))}: ${parts.join('; ')}.`;
    return { shape: name, label, templates, special, rows: this.#rows, skipped: skips, sentence };
  }

  #contentOf(row: Value, number: number): RowContent {
    const where = `"${this.#options.path}", line ${number}`;
    if (!isDict(row)) throw new InputError(`${where}: the line is not a JSON object.`);
    const known = this.#shape;
    try {
      this.#shape ??=
        this.#info === undefined ? shapeOf(row, this.#options) : shapeOfDatasetInfo(this.#info, this.#options.pairsAs);
      return this.#shape.read(row);
    } catch (error) {
      if (!(error instanceof ConversationFault)) throw error;
      const rest = known === undefined ? '' : ` The rows before it are ${known.label}.`;
      throw new InputError(`${where}: ${error.message}.${rest}`, { cause: error });
    }
  }

  #skip(number: number, why: string): undefined {
    this.#notes.skipped(number, why);
  }

  #checkVocabulary(ids: Uint32Array, number: number): void {
    const { path, tokenizerPath, vocabSize } = this.#options;
    const beyond = ids.find((id) => id >= vocabSize);
    if (beyond === undefined) return;
    throw new InputError(
      `"${path}", line ${number}: token ${beyond}, ${shown(this.#tokenizer.spelling(beyond))}, is beyond the model's ` +
        `vocabulary of ${vocabSize}. Does "${tokenizerPath}" belong to this model?`,
    );
  }
}

function count(value: number): string {
  return value.toLocaleString('en-US');
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
