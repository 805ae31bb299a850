import type { SampleAttribution } from '../../method/attribution.ts';
import { sumOf, termCount } from '../../method/contributions.ts';
import type { SampleRanking } from '../../method/sampleRanking.ts';
import type { AttributeParams } from '../../protocol/engine.ts';
import type { FloatStore, Stored } from './floatStore.ts';

/* Collects the scores of one sample's targets while the segments are gone through. */

type AttributedSample = AttributeParams['samples'][number];

/** Scores of targets from `first` on at `width` neurons from `offset` on. */
interface ScorePart {
  readonly first: number;
  readonly offset: number;
  readonly width: number;
  readonly scores: Stored;
}

/** Scores and logits of one sample's targets, filled segment by segment. */
export class SampleScores {
  readonly sample: AttributedSample;
  /** Where the device ranked its targets; undefined where the host is to, from the scores. */
  ranking: SampleRanking | undefined;
  readonly #store: FloatStore;
  readonly #parts: ScorePart[] = [];
  readonly #neurons: number;
  readonly #logits: Float64Array;
  /** Of each target what its logit is the sum of. */
  readonly #terms: readonly Float32Array[];

  /** @param store keeps the scores until every segment has added its own */
  constructor(sample: AttributedSample, neurons: number, layers: number, store: FloatStore) {
    const count = sample.targets.length;
    this.sample = sample;
    this.#store = store;
    this.#neurons = neurons;
    this.#logits = new Float64Array(count);
    this.#terms = Array.from({ length: count }, () => new Float32Array(termCount(layers)));
  }

  /** A batch's true logits. @param first the batch's first target in the sample; @param biases of the head, by target */
  setLogits(first: number, logits: Float32Array, biases: readonly number[]): void {
    for (const [n, bias] of biases.entries()) {
      this.#logits[first + n] = logits[n]! + bias;
      this.#terms[first + n]![this.#terms[first + n]!.length - 1] = bias;
    }
  }

  /** A segment's share of the logits. @param writes of attention and feed-forward block a layer, `[N, 2 · layers]` */
  setWrites(first: number, range: { readonly from: number; readonly to: number }, writes: Float32Array): void {
    const width = 2 * (range.to - range.from);
    for (let n = 0; n < writes.length / width; n++) {
      this.#terms[first + n]!.set(writes.subarray(n * width, (n + 1) * width), 1 + 2 * range.from);
    }
  }

  /**
   * The embedding's share, `⟨embedding(t), d⟩`.
   * @param stream `[T, D]` entering layer 0; @param direction `d` of the batch, `[N, D]`
   */
  setEmbedding(first: number, stream: Float32Array, direction: Float32Array, hiddenSize: number): void {
    for (let n = 0; n < direction.length / hiddenSize; n++) {
      const row = this.sample.targets[first + n]!.row * hiddenSize;
      let sum = 0;
      for (let i = 0; i < hiddenSize; i++) sum += stream[row + i]! * direction[n * hiddenSize + i]!;
      this.#terms[first + n]![0] = sum;
    }
  }

  /** A segment's scores of a batch, `[N, width]`, which start at flat neuron `offset`. */
  setScores(first: number, offset: number, scores: Float32Array, width: number): void {
    this.#parts.push({ first, offset, width, scores: this.#store.put(scores) });
  }

  /** All scores, `[targets, neurons]`, flat order; called once, when every segment has added its part. */
  take(): Float32Array {
    const all = new Float32Array(this.sample.targets.length * this.#neurons);
    for (const { first, offset, width, scores } of this.#parts.splice(0)) {
      const part = scores.read();
      scores.free();
      for (let n = 0; n < part.length / width; n++) {
        all.set(part.subarray(n * width, (n + 1) * width), (first + n) * this.#neurons + offset);
      }
    }
    return all;
  }

  /** What was found, once the scores are ranked. */
  result({ ranked, topScores, scoreSum, scoreMax }: SampleRanking): SampleAttribution {
    const targets = this.sample.targets.map(({ row, gold }, n) => ({
      row,
      gold,
      logit: this.#logits[n]!,
      reconstructedLogit: sumOf(this.#terms[n]!),
      terms: this.#terms[n]!,
      ranked: ranked[n]!,
      topScores: topScores[n]!,
    }));
    return { index: this.sample.index, targets, scoreSum, scoreMax };
  }
}
