import type { Architecture } from '../../../checkpoint/architecture/architecture.ts';
import { RunError } from '../../../errors.ts';
import type { SampledAnswer } from '../../../protocol/engine.ts';
import type { AnswerGroup } from '../../../sampling/answerQueue.ts';
import { drawToken } from '../../../sampling/drawToken.ts';
import type { SamplingOptions } from '../../../sampling/samplingOptions.ts';
import { uniformAt } from '../../../sampling/uniform.ts';
import type { Decoded, DecodingSession } from '../../sessions/decodingSession.ts';
import { KeyValueCache } from '../../sessions/keyValueCache.ts';

/* The answers that are being sampled: each has a place in the key-value cache until it ends. */

/** A prompt as it is sampled from. */
export interface Prompt {
  readonly index: number;
  readonly ids: ArrayLike<number>;
}

/** An answer that ended. */
export interface EndedAnswer extends SampledAnswer {
  /** Position of its prompt. */
  readonly position: number;
  /** Which of the prompt's answers it is. */
  readonly sample: number;
}

interface Answer {
  readonly position: number;
  /** Of the prompt, as random numbers know it. */
  readonly index: number;
  readonly sample: number;
  /** Rows in the cache. */
  length: number;
  readonly tokens: number[];
  readonly logProbabilities: number[];
  readonly entropies: number[];
}

/** Reads the embeddings of tokens, `[tokens, D]`. */
export type ReadEmbeddings = (tokens: ArrayLike<number>) => Float32Array;

export class RunningAnswers {
  readonly #session: DecodingSession;
  readonly #architecture: Architecture;
  readonly #options: SamplingOptions;
  readonly #stop: ReadonlySet<number>;
  /** Tokens that a sequence may have. */
  readonly #mostRows: number;
  readonly #read: ReadEmbeddings;
  readonly #cache: KeyValueCache;
  /** By place. */
  readonly #answers: Answer[] = [];

  constructor(
    session: DecodingSession,
    architecture: Architecture,
    options: SamplingOptions,
    { places, mostRows }: { readonly places: number; readonly mostRows: number },
    read: ReadEmbeddings,
  ) {
    this.#session = session;
    this.#architecture = architecture;
    this.#options = options;
    this.#stop = new Set(options.stopTokens);
    this.#mostRows = mostRows;
    this.#read = read;
    this.#cache = new KeyValueCache(architecture, places, mostRows);
  }

  get count(): number {
    return this.#answers.length;
  }

  /**
   * Computes prompts, each once for all answers of its group, and draws the first token of each.
   * @returns answers that end with it
   */
  async begin(groups: readonly { readonly group: AnswerGroup; readonly prompt: Prompt }[]): Promise<EndedAnswer[]> {
    const rows = groups.map(({ prompt }) => prompt.ids.length);
    const stream = this.#read(groups.flatMap(({ prompt }) => Array.from(prompt.ids)));
    const lengths = rows.map(() => 0);
    const mostRows = rows.map((count) => this.#mostRowsOf(count));
    const decoded = await this.#session.run({ stream, rows, lengths, mostRows }, undefined, this.#options.temperature);
    // How many columns are used, which decides last bits, is not to hang on answers before.
    if (this.#answers.length === 0) this.#cache.empty();
    const longest = Math.max(...rows, ...this.#answers.map(({ length }) => length));
    this.#cache.fit(longest + 1, this.#lengths());
    const ended: EndedAnswer[] = [];
    let first = 0;
    for (const [row, { group, prompt }] of groups.entries()) {
      const count = rows[row]!;
      let source: number | undefined;
      for (let sample = group.from; sample < group.to; sample++) {
        const { position } = group;
        const answer: Answer = {
          ...{ position, index: prompt.index, sample, length: count },
          ...{ tokens: [], logProbabilities: [], entropies: [] },
        };
        this.#draw(answer, decoded, row);
        const finish = this.#finish(answer);
        if (finish !== undefined) {
          ended.push(endedAnswer(answer, finish));
          continue;
        }
        const place = this.#answers.push(answer) - 1;
        if (source === undefined) this.#keep(decoded, [{ place, column: 0, first, count }]);
        else this.#cache.copy(source, place, count);
        source ??= place;
      }
      first += count;
    }
    return ended;
  }

  /** Draws the next token of every answer. @returns those that end with it, by place */
  async step(): Promise<EndedAnswer[]> {
    const answers = this.#answers;
    const lengths = this.#lengths();
    this.#cache.fit(Math.max(...lengths) + 1, lengths);
    const stream = this.#read(answers.map(({ tokens }) => tokens.at(-1)!));
    const rows = answers.map(() => 1);
    const mostRows = answers.map(({ length, tokens }) => this.#mostRowsOf(length + 1 - tokens.length));
    const decoded = await this.#session.run(
      { stream, rows, lengths, mostRows },
      this.#cache,
      this.#options.temperature,
    );
    for (const [place, answer] of answers.entries()) {
      this.#draw(answer, decoded, place);
      answer.length++;
    }
    this.#keep(
      decoded,
      lengths.map((column, place) => ({ place, column, first: place, count: 1 })),
    );
    const ended: EndedAnswer[] = [];
    // From the end, so that what is moved into a place has been looked at.
    for (let place = answers.length - 1; place >= 0; place--) {
      const finish = this.#finish(answers[place]!);
      if (finish === undefined) continue;
      ended.push(endedAnswer(answers[place]!, finish));
      const last = answers.pop()!;
      if (place === answers.length) continue;
      answers[place] = last;
      this.#cache.copy(answers.length, place, last.length);
    }
    return ended;
  }

  /** Rows that a prompt of so many and its answer may come to have. */
  #mostRowsOf(prompt: number): number {
    return Math.min(this.#mostRows, prompt + this.#options.maxTokens);
  }

  #lengths(): number[] {
    return this.#answers.map(({ length }) => length);
  }

  #draw(answer: Answer, { total, weighted, likeliest, weights }: Decoded, row: number): void {
    const { seed, temperature, topP } = this.#options;
    const { vocabSize } = this.#architecture;
    const all = total[row]!;
    let token = Number(likeliest[row]);
    let logProbability = -Math.log(all);
    if (weights !== undefined) {
      const own = weights.subarray(row * vocabSize, (row + 1) * vocabSize);
      token = drawToken(own, topP, uniformAt(seed, answer.index, answer.sample, answer.tokens.length));
      logProbability += temperature * Math.log(own[token]!);
    }
    const entropy = Math.log(all) - weighted[row]! / all;
    if (!Number.isFinite(logProbability) || !Number.isFinite(entropy)) {
      throw new RunError(
        `The model gives values that are not numbers on prompt ${answer.index + 1}: its weights hold NaN or infinity, or ` +
          'overflow on this device.',
      );
    }
    answer.tokens.push(token);
    answer.logProbabilities.push(logProbability);
    answer.entropies.push(entropy);
  }

  #finish({ tokens, length }: Answer): SampledAnswer['finish'] | undefined {
    if (this.#stop.has(tokens.at(-1)!)) return 'stop';
    // The last token is not in the cache, and no other has room after it.
    return tokens.length >= this.#options.maxTokens || length + 1 >= this.#mostRows ? 'length' : undefined;
  }

  /** Puts rows of a run into the cache: `count` from `first` on go to a place, from `column` on. */
  #keep(
    decoded: Decoded,
    parts: readonly {
      readonly place: number;
      readonly column: number;
      readonly first: number;
      readonly count: number;
    }[],
  ): void {
    for (let layer = 0; layer < this.#architecture.layers; layer++) {
      const found = decoded.layer(layer);
      for (const { place, column, first, count } of parts) {
        this.#cache.put(layer, place, column, { ...found, first, count });
      }
    }
  }
}

function endedAnswer(
  { position, sample, tokens, logProbabilities, entropies }: Answer,
  finish: SampledAnswer['finish'],
): EndedAnswer {
  return {
    position,
    sample,
    tokens: Int32Array.from(tokens),
    logProbabilities: Float32Array.from(logProbabilities),
    entropies: Float32Array.from(entropies),
    finish,
  };
}
