import type { Architecture } from '../../checkpoint/architecture/architecture.ts';
import type { CompletedCheckpoint } from '../../checkpoint/vocabulary/vocabularyRows.ts';
import {
  decodingInputs,
  decodingModel,
  decodingOutputs,
  newKeys,
  newValues,
  pastKeys,
  pastValues,
} from '../../graph/decoding/decodingModel.ts';
import { createSession, float32, int32, int64, type Session, type SessionSettings } from '../device/runtime.ts';
import type { KeyValueCache } from './keyValueCache.ts';
import { packSamples } from './packing.ts';
import { RotaryFeeds } from './rotaryFeeds.ts';
import type { WeightFiles } from './weightFiles.ts';

/* A whole model on the device that decodes: takes tokens of several sequences, and gives what their next is drawn from. */

/** The new rows of a run, S sequences of them end to end. */
export interface NewRows {
  /** Embeddings, `[R, D]`. */
  readonly stream: Float32Array;
  /** New rows of each sequence, `[S]`, at least 1. */
  readonly rows: readonly number[];
  /** Rows of each in the cache, whose first places they have, `[S]`. */
  readonly lengths: readonly number[];
  /** Rows that each may come to have: LongRoPE's factors are chosen by it, since what is in the cache stays rotated. `[S]` */
  readonly mostRows: readonly number[];
}

/** What a run gives. */
export interface Decoded {
  /** See `decodingOutputs`; `[S]`. */
  readonly total: Float32Array;
  readonly weighted: Float32Array;
  readonly likeliest: BigInt64Array;
  /** `[S, V]`; none where the most likely token is taken. */
  readonly weights: Float32Array | undefined;
  /** Keys and values of the new rows in a layer, `[R, KV·hd]`. */
  layer(layer: number): { readonly keys: Float32Array; readonly values: Float32Array };
}

export class DecodingSession {
  readonly #architecture: Architecture;
  readonly #session: Session;
  readonly #rotary: RotaryFeeds;

  private constructor(architecture: Architecture, session: Session) {
    this.#architecture = architecture;
    this.#session = session;
    this.#rotary = new RotaryFeeds(architecture);
  }

  static async load(
    { architecture }: CompletedCheckpoint,
    weights: WeightFiles,
    settings: SessionSettings,
  ): Promise<DecodingSession> {
    const range = { from: 0, to: architecture.vocabSize };
    const head = {
      weight: weights.rows('head', range),
      bias: architecture.headBias ? weights.rows('headBias', range) : undefined,
    };
    const locate = (tensor: string) => weights.locate(tensor);
    const bytes = decodingModel(architecture, head, locate, settings.held, settings.arithmetic);
    return new DecodingSession(architecture, await createSession(bytes, settings, weights.folder));
  }

  /**
   * Runs new rows through the model.
   * @param cache of rows before them; undefined where no sequence has any
   * @param temperature 0: no weights are given
   */
  async run(given: NewRows, cache: KeyValueCache | undefined, temperature: number): Promise<Decoded> {
    const { layers } = this.#architecture;
    const { total, weighted, likeliest, weights } = decodingOutputs;
    const wanted: string[] = [total, weighted, likeliest, ...(temperature > 0 ? [weights] : [])];
    for (let layer = 0; layer < layers; layer++) wanted.push(newKeys(layer), newValues(layer));
    const feeds = { ...this.#rows(given), ...this.#past(given, cache) };
    const sharpness = float32(Float32Array.of(temperature > 0 ? 1 / temperature : 1), []);
    const outputs = await this.#session.run({ ...feeds, [decodingInputs.sharpness]: sharpness }, wanted);
    const floats = (name: string) => outputs[name]!.data as Float32Array;
    return {
      total: floats(total),
      weighted: floats(weighted),
      likeliest: outputs[likeliest]!.data as BigInt64Array,
      weights: temperature > 0 ? floats(weights) : undefined,
      layer: (layer) => ({ keys: floats(newKeys(layer)), values: floats(newValues(layer)) }),
    };
  }

  release(): Promise<void> {
    return this.#session.release();
  }

  #rows({ stream, rows, lengths, mostRows }: NewRows) {
    const { hiddenSize, heads, keyValueHeads } = this.#architecture;
    const all = stream.length / hiddenSize;
    const { samples, longest, queries, keys, mixed } = packSamples(rows, this.#architecture);
    const groupRows = (heads / keyValueHeads) * longest;
    let end = 0;
    const lastRows = rows.map((own) => {
      end += own;
      return end - 1;
    });
    return {
      [decodingInputs.stream]: float32(stream, [all, hiddenSize]),
      ...this.#rotary.of(
        rows.map((own, i) => {
          const to = lengths[i]! + own;
          return { from: lengths[i]!, to, length: mostRows[i]! };
        }),
      ),
      [decodingInputs.positions]: counted(longest),
      [decodingInputs.queryPositions]: counted(groupRows, longest),
      [decodingInputs.queries]: int32(queries, [samples, keyValueHeads, groupRows]),
      [decodingInputs.keys]: int32(keys, [samples, keyValueHeads, longest]),
      [decodingInputs.mixed]: int32(mixed, [all, heads]),
      [decodingInputs.lastRows]: int64(lastRows),
    };
  }

  #past({ lengths }: NewRows, cache: KeyValueCache | undefined) {
    const { layers, keyValueHeads, headDim } = this.#architecture;
    const samples = lengths.length;
    // A column that nobody has stands in for no column: a product over none is nothing that every device knows.
    const columns = cache?.columns ?? 1;
    const shape = [samples, keyValueHeads, columns, headDim];
    const nothing = cache === undefined ? new Float32Array(samples * keyValueHeads * headDim) : undefined;
    const past: Record<string, ReturnType<typeof float32>> = {
      [decodingInputs.pastLengths]: float32(Float32Array.from(lengths), [samples]),
      [decodingInputs.pastPositions]: counted(columns),
    };
    for (let layer = 0; layer < layers; layer++) {
      const held = cache?.first(layer, samples);
      past[pastKeys(layer)] = float32(held?.keys ?? nothing!, shape);
      past[pastValues(layer)] = float32(held?.values ?? nothing!, shape);
    }
    return past;
  }
}

/** `0, 1, 2, …` as float32, beginning anew after `period`. */
function counted(length: number, period = length) {
  return float32(
    Float32Array.from({ length }, (_, i) => i % period),
    [length],
  );
}
