import type { Architecture } from '../../checkpoint/architecture/architecture.ts';
import { mostRankedNeurons, rankingOutputs } from '../../graph/ranking.ts';
import { type LayerRange, segmentModel } from '../../graph/segmentModel.ts';
import { chunkInputs, segmentInputs, segmentOutputs } from '../../graph/segmentNames.ts';
import type { Target } from '../../method/attribution.ts';
import { neuronLayout } from '../../method/neuronLayout.ts';
import type { SampleRanking } from '../../method/sampleRanking.ts';
import { bool, createSession, float32, int32, int64, type Session, type SessionSettings } from '../device/runtime.ts';
import { rankingFeeds, rankingOf } from './deviceRanking.ts';
import { concatenated, cutInto } from './floatParts.ts';
import { type Packing, packSamples, packTargets, type SamplePacking } from './packing.ts';
import { RotaryFeeds } from './rotaryFeeds.ts';
import type { WeightFiles } from './weightFiles.ts';

/* Some of a model's decoder layers on the device: passes samples through them, and attributes targets. */

/** A batch of targets of one sample as a segment needs it. `T` is the largest target row + 1. */
export interface TargetBatch {
  readonly targets: readonly Target[];
  /** Tokens of the whole sample. */
  readonly length: number;
  /** Last segment: `gamma ⊙ W_U[y*]`, over the logits' divisor. Others: `d`. `[N, D]`. */
  readonly direction: Float32Array;
  /** Gradient at the segment's output, packed `[M, D]`; none in the last segment. */
  readonly gradient: Float32Array | undefined;
  /** Where the segment ranks ({@link SegmentSession.ranks}): most ranks kept, and whether the scores are wanted besides. */
  readonly ranking?: { readonly limit: number; readonly scores: boolean };
}

export interface SegmentAttribution {
  /** `[N, neurons of the segment]`; empty where they were ranked and not wanted besides. */
  readonly scores: Float32Array;
  /** What attention and the feed-forward block of each layer add, `[N, 2 · layers]`. */
  readonly writes: Float32Array;
  /** Packed `[M, D]`, empty in the first segment. */
  readonly gradient: Float32Array;
  /** `[N, D]` and `[N]`, from the last segment only. */
  readonly direction: Float32Array;
  readonly logit: Float32Array;
  /** Of the batch, where it was asked for. */
  readonly ranking: SampleRanking | undefined;
}

/** Stands in for targets in a forward run, which has none. */
const noTarget = packTargets([{ row: 0, gold: 0 }]);

/** Decoder layers loaded on the device. */
export class SegmentSession {
  readonly range: LayerRange;
  readonly #architecture: Architecture;
  readonly #session: Session;
  /** Neurons that it ranks; undefined where it does not. */
  readonly #ranked: number | undefined;
  /** Stands in for several samples in attribution, which is of one. */
  readonly #noSamples: SamplePacking;
  readonly #rotary: RotaryFeeds;

  private constructor(architecture: Architecture, range: LayerRange, session: Session, ranked: number | undefined) {
    this.#architecture = architecture;
    this.range = range;
    this.#session = session;
    this.#ranked = ranked;
    this.#noSamples = packSamples([1], architecture);
    this.#rotary = new RotaryFeeds(architecture);
  }

  static async load(
    architecture: Architecture,
    range: LayerRange,
    weights: WeightFiles,
    settings: SessionSettings,
  ): Promise<SegmentSession> {
    const locate = (tensor: string) => weights.locate(tensor);
    const neurons = neuronLayout(architecture).total;
    const whole = range.from === 0 && range.to === architecture.layers;
    const ranked = settings.ranks === true && whole && neurons <= mostRankedNeurons ? neurons : undefined;
    const bytes = segmentModel(architecture, range, locate, settings.held, settings.arithmetic, ranked);
    return new SegmentSession(architecture, range, await createSession(bytes, settings, weights.folder), ranked);
  }

  /** Whether it can rank what it scores. */
  get ranks(): boolean {
    return this.#ranked !== undefined;
  }

  /**
   * Passes the residual streams of samples, `[T, D]` each, through the segment in one run.
   * @param lengths tokens of the whole samples, of which the streams have the first; as many as the streams unless said
   */
  async forward(streams: readonly Float32Array[], lengths?: readonly number[]): Promise<Float32Array[]> {
    const { hiddenSize } = this.#architecture;
    const rows = streams.map((stream) => stream.length / hiddenSize);
    const outputs = await this.#session.run(
      {
        ...this.#rows(concatenated(streams), rows, lengths ?? rows),
        ...this.#samples(packSamples(rows, this.#architecture)),
        ...this.#targets(noTarget, { direction: this.#zeros(1), gradient: this.#zeros(1) }),
        ...(this.#ranked && rankingFeeds(1, this.#ranked)),
        [segmentInputs.attribute]: bool(false),
      },
      [segmentOutputs.stream],
    );
    return cutInto(
      outputs[segmentOutputs.stream]!.data as Float32Array,
      streams.map((stream) => stream.length),
    );
  }

  /** @param stream `[≥T, D]`; rows past the batch's last target are not used. */
  async attribute(stream: Float32Array, batch: TargetBatch): Promise<SegmentAttribution> {
    const packing = packTargets(batch.targets);
    const { rows } = packing;
    const used = stream.subarray(0, rows * this.#architecture.hiddenSize);
    const { ranking } = batch;
    // Only what is asked for crosses to the host.
    const { stream: _, ...attributed } = segmentOutputs;
    const unwanted = ranking !== undefined && !ranking.scores ? segmentOutputs.scores : undefined;
    const wanted = [...Object.values(attributed), ...(ranking ? Object.values(rankingOutputs) : [])];
    const outputs = await this.#session.run(
      {
        ...this.#rows(used, [rows], [batch.length]),
        ...this.#samples(this.#noSamples),
        ...this.#targets(packing, batch),
        ...(this.#ranked && rankingFeeds(ranking?.limit ?? 1, this.#ranked)),
        [segmentInputs.attribute]: bool(true),
      },
      wanted.filter((name) => name !== unwanted),
    );
    const data = (name: string) => (outputs[name]?.data ?? new Float32Array()) as Float32Array;
    return {
      ranking: ranking && rankingOf(outputs),
      scores: data(segmentOutputs.scores),
      writes: data(segmentOutputs.writes),
      gradient: data(segmentOutputs.gradient),
      direction: data(segmentOutputs.direction),
      logit: data(segmentOutputs.logit),
    };
  }

  release(): Promise<void> {
    return this.#session.release();
  }

  #zeros(rows: number): Float32Array {
    return new Float32Array(rows * this.#architecture.hiddenSize);
  }

  /** Rows of samples laid end to end. @param stream `[R, D]`; @param rows of each sample; @param lengths of the whole samples */
  #rows(stream: Float32Array, rows: readonly number[], lengths: readonly number[]) {
    const { hiddenSize } = this.#architecture;
    const longest = Math.max(...rows);
    return {
      [segmentInputs.stream]: float32(stream, [stream.length / hiddenSize, hiddenSize]),
      ...this.#rotary.of(rows.map((to, i) => ({ from: 0, to, length: lengths[i]! }))),
      [segmentInputs.positions]: float32(
        Float32Array.from({ length: longest }, (_, row) => row),
        [longest],
      ),
    };
  }

  #samples({ samples, longest, queries, keys, mixed }: SamplePacking) {
    const { heads, keyValueHeads } = this.#architecture;
    const groupRows = (heads / keyValueHeads) * longest;
    return {
      [segmentInputs.queryPositions]: float32(
        Float32Array.from({ length: groupRows }, (_, row) => row % longest),
        [groupRows],
      ),
      [segmentInputs.queries]: int32(queries, [samples, keyValueHeads, groupRows]),
      [segmentInputs.keys]: int32(keys, [samples, keyValueHeads, longest]),
      [segmentInputs.mixed]: int32(mixed, [mixed.length / heads, heads]),
    };
  }

  #targets(packing: Packing, { direction, gradient }: Pick<TargetBatch, 'direction' | 'gradient'>) {
    const { hiddenSize, layers } = this.#architecture;
    const { rows, packedRows, packedPlaces, ownRows, ownTargets, attention } = packing;
    const count = ownRows.length;
    const chunks = attention.chunks.flatMap((chunk, i) => {
      const names = chunkInputs(i);
      return [
        [names.used, bool(chunk.used)],
        [names.rows, int32(chunk.rows)],
        [names.keys, int32(chunk.keys)],
        [names.unpack, int32(chunk.unpack, [chunk.unpack.length / chunk.rows.length, chunk.rows.length])],
      ];
    });
    return {
      [segmentInputs.rows]: int64(ownRows.map((own) => packedRows[own]!)),
      [segmentInputs.packedRows]: int64(packedRows),
      [segmentInputs.packedPlaces]: int64(packedPlaces),
      ...Object.fromEntries(chunks),
      [segmentInputs.queryPlaces]: int32(attention.queryPlaces),
      [segmentInputs.keyPlaces]: int32(attention.keyPlaces, [attention.keyPlaces.length / (count * rows), count, rows]),
      [segmentInputs.ownRows]: int64(ownRows),
      [segmentInputs.ownTargets]: int64(ownTargets),
      [segmentInputs.direction]: float32(direction, [count, hiddenSize]),
      ...(this.range.to === layers
        ? {}
        : { [segmentInputs.gradient]: float32(gradient!, [packedRows.length, hiddenSize]) }),
    };
  }
}
