import type { NeuronRanker } from '../method/ranking.ts';
import type { AttributeParams, SampleAttribution } from '../protocol/engine.ts';

type AttributedSample = AttributeParams['samples'][number];

/** Scores and logits of one sample's targets, filled segment by segment. */
export class SampleScores {
  readonly sample: AttributedSample;
  /** `[targets, neurons]`, flat order. */
  readonly scores: Float32Array;
  readonly #neurons: number;
  readonly #logits: Float64Array;
  readonly #reconstructed: Float64Array;

  constructor(sample: AttributedSample, neurons: number) {
    const count = sample.targets.length;
    this.sample = sample;
    this.scores = new Float32Array(count * neurons);
    this.#neurons = neurons;
    this.#logits = new Float64Array(count);
    this.#reconstructed = new Float64Array(count);
  }

  /** A batch's true logits. @param first the batch's first target in the sample; @param biases of the head, by target */
  setLogits(first: number, logits: Float32Array, biases: readonly number[]): void {
    for (const [n, bias] of biases.entries()) {
      this.#logits[first + n] = logits[n]! + bias;
      this.#reconstructed[first + n]! += bias;
    }
  }

  /** Adds a segment's share of the reconstructed logits, `[N]`. */
  addWrites(first: number, writes: Float32Array): void {
    for (const [n, write] of writes.entries()) this.#reconstructed[first + n]! += write;
  }

  /**
   * Adds the embedding's share, `⟨embedding(t), d⟩`.
   * @param stream `[T, D]` entering layer 0; @param direction `d` of the batch, `[N, D]`
   */
  addEmbedding(first: number, stream: Float32Array, direction: Float32Array, hiddenSize: number): void {
    for (let n = 0; n < direction.length / hiddenSize; n++) {
      const row = this.sample.targets[first + n]!.row * hiddenSize;
      let sum = 0;
      for (let i = 0; i < hiddenSize; i++) sum += stream[row + i]! * direction[n * hiddenSize + i]!;
      this.#reconstructed[first + n]! += sum;
    }
  }

  /** A segment's scores of a batch, `[N, width]`, which start at flat neuron `offset`. */
  setScores(first: number, offset: number, scores: Float32Array, width: number): void {
    for (let n = 0; n < scores.length / width; n++) {
      this.scores.set(scores.subarray(n * width, (n + 1) * width), (first + n) * this.#neurons + offset);
    }
  }

  /** Ranks and sums up; called once every segment has added its part. */
  result(ranker: NeuronRanker, rankLimit: number): SampleAttribution {
    const scoreSum = new Float64Array(this.#neurons);
    const scoreMax = new Float32Array(this.#neurons).fill(this.sample.targets.length === 0 ? 0 : -Infinity);
    const targets = this.sample.targets.map(({ row, gold }, n) => {
      const scores = this.scores.subarray(n * this.#neurons, (n + 1) * this.#neurons);
      for (let neuron = 0; neuron < this.#neurons; neuron++) {
        const score = scores[neuron]!;
        scoreSum[neuron]! += score;
        if (score > scoreMax[neuron]!) scoreMax[neuron] = score;
      }
      return {
        row,
        gold,
        logit: this.#logits[n]!,
        reconstructedLogit: this.#reconstructed[n]!,
        ranked: ranker.rank(scores, rankLimit),
      };
    });
    return { index: this.sample.index, targets, scoreSum, scoreMax };
  }
}
