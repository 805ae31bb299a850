import { basename } from 'node:path';
import { ConversationFault } from '../../calibration/chat/conversation.ts';
import { type Dict, isDict } from '../../calibration/chat/jinja/values/values.ts';
import { drawRows } from '../../calibration/rows/drawRows.ts';
import { openRowFiles } from '../../calibration/rows/openRowFile.ts';
import { type Row, type RowFile, rowPlace } from '../../calibration/rows/row.ts';
import { InputError, Interrupted } from '../../errors.ts';
import { quotedPath, shown, shownBytes, shownCount } from '../../files/reading/shown.ts';
import type { Prompt } from './prompt.ts';
import { answerOf, type PromptFields, promptFields, promptOf } from './promptFields.ts';

/* Reads files of prompts: JSONL, JSON arrays, either in gzip, and Parquet, as calibration files are. */

export interface PromptOptions {
  /** Files, at least one. */
  readonly paths: readonly string[];
  /** Prompts to draw evenly where there are more; 0: all. */
  readonly draw: number;
  /** Of the draw: whole number from 0 to 2^53 - 1. */
  readonly seed: number;
  /** Fields by name, or names with dots; empty: by the usual names. */
  readonly promptField: string;
  readonly answerField: string;
  /** Prompts that are texts become the message of a user. */
  readonly asChat: boolean;
  /** Why an answer cannot be graded by, as a clause; undefined where answers are not needed. */
  readonly refusal?: ((answer: string) => string | undefined) | undefined;
  /** Stops between rows and parts of files. */
  readonly signal?: AbortSignal | undefined;
}

/** Prompts, and how they were read. */
export interface ReadPrompts {
  readonly prompts: readonly Prompt[];
  readonly fields: PromptFields;
  /** In a sentence. */
  readonly sentence: string;
}

/** Longest row: reading one blocks the process that reads, and no prompt comes near. */
const longestRow = 64e6;

class PromptReader {
  readonly #options: PromptOptions;
  fields: PromptFields | undefined;
  skipped = 0;
  /** What the first skipped row lacks. */
  why: string | undefined;

  constructor(options: PromptOptions) {
    this.#options = options;
  }

  /** @throws InputError naming the row */
  learn(row: Row): void {
    const { promptField, answerField, refusal } = this.#options;
    this.fields = this.#at(row, () => promptFields(this.#read(row), { prompt: promptField, answer: answerField }));
    if (this.fields.answer !== undefined || refusal === undefined) return;
    throw new InputError(
      `${this.#place(row)}: there is no field with the right answer (such as "answer", "label" or "reward_model.ground_truth"): name ` +
        'it with --answer-field.',
    );
  }

  /** Without its index; undefined where the row has no prompt, or no answer where one is needed. */
  read(row: Row): Omit<Prompt, 'index'> | undefined {
    const { asChat, refusal } = this.#options;
    const fields = this.fields!;
    return this.#at(row, () => {
      const content = this.#read(row);
      const input = promptOf(content, fields.prompt, asChat);
      if (input === undefined) return this.#skip(row, `its ${shown(fields.prompt)} is empty`);
      const answer = answerOf(content, fields.answer);
      if (refusal === undefined) return { line: row.number, input, answer };
      if (answer === null) return this.#skip(row, `its ${shown(fields.answer)} is empty`);
      const reason = refusal(answer);
      if (reason !== undefined) throw new ConversationFault(`its answer ${shown(answer)} ${reason}`);
      return { line: row.number, input, answer };
    });
  }

  #skip(row: Row, why: string): undefined {
    this.skipped++;
    this.why ??= `${this.#place(row)}: ${why}`;
  }

  #read(row: Row): Dict {
    if (row.bytes > longestRow)
      throw new ConversationFault(`it has ${shownBytes(Math.round(row.bytes))}, and no prompt is so long`);
    const content = row.read();
    if (!isDict(content)) throw new ConversationFault(`the ${row.unit} is not a JSON object`);
    return content;
  }

  #at<Made>(row: Row, work: () => Made): Made {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof ConversationFault)) throw error;
      throw new InputError(`${this.#place(row)}: ${error.message}.`, { cause: error });
    }
  }

  #place(row: Row): string {
    return rowPlace(this.#options.paths[row.file]!, row.unit, row.number);
  }
}

async function firstRow(files: readonly RowFile[]): Promise<Row | undefined> {
  for (const file of files) for await (const row of file.readAll()) return row;
  return undefined;
}

/**
 * Reads prompts with their answers.
 *
 * @throws InputError naming the row that has no prompt or no usable answer, or when there is none to use
 * @throws Interrupted on abort
 */
export async function readPrompts(options: PromptOptions): Promise<ReadPrompts> {
  const { paths, draw, seed, signal } = options;
  const silent = { beginFile: () => {}, endFile: () => {} };
  const files = await openRowFiles(paths, silent);
  try {
    const named = paths.map((path) => quotedPath(path)).join(', ');
    const first = await firstRow(files);
    if (first === undefined) throw new InputError(`${named} has no prompt: it is empty.`);
    const reader = new PromptReader(options);
    reader.learn(first);
    const prompts: Prompt[] = [];
    const stop = () => {
      if (signal?.aborted) throw new Interrupted('Stopped.');
    };
    const use = (row: Row) => {
      stop();
      return reader.read(row);
    };
    const drawing = drawRows(files, { samples: draw, seed }, use, { start: stop, reach: stop });
    let step = await drawing.next();
    for (; !step.done; step = await drawing.next()) prompts.push({ index: prompts.length, ...step.value });
    for (const file of files) file.checkUnchanged();
    if (prompts.length === 0)
      throw new InputError(`${named} has no prompt to use: every row is skipped. ${reader.why}.`);
    const fields = reader.fields!;
    const { skipped } = reader;
    const of = step.value.rows > prompts.length ? ` of ${shownCount(step.value.rows, 'row')}` : '';
    const parts = [
      `${shown(basename(paths[0]!))}${paths.length > 1 ? ` and ${shownCount(paths.length - 1, 'more file')}` : ''}: ` +
        `${shownCount(prompts.length, 'prompt')}${of} from ${shown(fields.prompt)}`,
      prompts[0]!.input.kind === 'text' ? 'as plain text' : 'as messages for the chat template',
      fields.answer === undefined ? 'without answers' : `answers from ${shown(fields.answer)}`,
      ...(skipped > 0 ? [`${shownCount(skipped)} skipped (the first: ${reader.why})`] : []),
    ];
    return { prompts, fields, sentence: `${parts.join(', ')}.` };
  } finally {
    for (const file of files) file.close();
  }
}
