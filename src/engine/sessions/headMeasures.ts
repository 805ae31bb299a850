import type { VocabRange } from '../../graph/headModel.ts';
import type { SampleMeasures } from '../../protocol/engine.ts';

/* Entropy, top-1 probability and NLL of each row, put together from blocks of the vocabulary. */

/** What one block of the head gives for R rows, as `headOutputs` of src/graph/headModel.ts. */
export interface BlockMeasures {
  /** `[R]` each. */
  readonly largest: Float32Array;
  readonly total: Float32Array;
  readonly weighted: Float32Array;
  readonly goldLogit: Float32Array;
  /** `[R, k]`, from the block's first token. */
  readonly topIds: BigInt64Array;
  readonly topLogits: Float32Array;
}

/** A block's measures of rows `from` up to, not including, `to`. */
export function measuresOfRows(measures: BlockMeasures, from: number, to: number): BlockMeasures {
  const { largest, total, weighted, goldLogit, topIds, topLogits } = measures;
  const width = topLogits.length / largest.length;
  return {
    largest: largest.subarray(from, to),
    total: total.subarray(from, to),
    weighted: weighted.subarray(from, to),
    goldLogit: goldLogit.subarray(from, to),
    topIds: topIds.subarray(from * width, to * width),
    topLogits: topLogits.subarray(from * width, to * width),
  };
}

/**
 * Measures of a sample's response rows, put together from blocks of the vocabulary. With `m` the largest logit so far,
 * `S = Σ exp(z − m)` and `W = Σ exp(z − m) (z − m)` a block joins by rescaling to the common `m` (arXiv 1805.02867);
 * entropy is `log S − W / S`. The sums are kept in double precision.
 */
export class HeadMeasures {
  readonly #rows: number;
  readonly #topTokens: number;
  readonly #largest: Float64Array;
  readonly #total: Float64Array;
  readonly #weighted: Float64Array;
  readonly #goldLogit: Float64Array;
  /** Most likely tokens so far, `[rows, topTokens]`, most likely first. */
  readonly #topIds: Int32Array;
  readonly #topLogits: Float32Array;
  /** How many of them there are yet, `[rows]`. */
  readonly #kept: Uint32Array;

  /** @param topTokens at most the vocabulary */
  constructor(rows: number, topTokens: number) {
    this.#rows = rows;
    this.#topTokens = topTokens;
    this.#largest = new Float64Array(rows).fill(-Infinity);
    this.#total = new Float64Array(rows);
    this.#weighted = new Float64Array(rows);
    this.#goldLogit = new Float64Array(rows);
    this.#topIds = new Int32Array(rows * topTokens);
    this.#topLogits = new Float32Array(rows * topTokens).fill(-Infinity);
    this.#kept = new Uint32Array(rows);
  }

  /**
   * Adds a block's measures of rows `first, first + 1, …`; blocks come in the order of the vocabulary.
   * @param gold tokens of those rows; @param block the tokens that the block gives logits to
   */
  add(first: number, gold: readonly number[], block: VocabRange, measures: BlockMeasures): void {
    const width = gold.length === 0 ? 0 : measures.topLogits.length / gold.length;
    for (const [i, token] of gold.entries()) {
      const row = first + i;
      this.#join(row, measures.largest[i]!, measures.total[i]!, measures.weighted[i]!);
      if (token >= block.from && token < block.to) this.#goldLogit[row] = measures.goldLogit[i]!;
      this.#merge(row, block.from, measures, i * width, (i + 1) * width);
    }
  }

  #join(row: number, largest: number, total: number, weighted: number): void {
    const before = this.#largest[row]!;
    const joint = Math.max(before, largest);
    const rescaled = (sum: number, product: number, shift: number) =>
      [Math.exp(shift) * sum, Math.exp(shift) * (product + shift * sum)] as const;
    const [oldTotal, oldWeighted] =
      before === -Infinity ? [0, 0] : rescaled(this.#total[row]!, this.#weighted[row]!, before - joint);
    const [newTotal, newWeighted] = rescaled(total, weighted, largest - joint);
    this.#largest[row] = joint;
    this.#total[row] = oldTotal + newTotal;
    this.#weighted[row] = oldWeighted + newWeighted;
  }

  /**
   * Joins a block's most likely tokens, entries `[next, end)`, to a row's; of equal ones the earlier stays ahead. One
   * walk along both, since a caller may keep the whole vocabulary.
   */
  #merge(row: number, firstId: number, { topIds, topLogits }: BlockMeasures, next: number, end: number): void {
    const start = row * this.#topTokens;
    const kept = this.#kept[row]!;
    const last = this.#topLogits[start + kept - 1];
    if (kept === this.#topTokens && !(topLogits[next]! > last!)) return;
    const ids = this.#topIds.slice(start, start + kept);
    const logits = this.#topLogits.slice(start, start + kept);
    let old = 0;
    let place = start;
    for (; place < start + this.#topTokens && (old < kept || next < end); place++) {
      if (old < kept && (next === end || logits[old]! >= topLogits[next]!)) {
        this.#topIds[place] = ids[old]!;
        this.#topLogits[place] = logits[old++]!;
      } else {
        this.#topIds[place] = firstId + Number(topIds[next]);
        this.#topLogits[place] = topLogits[next++]!;
      }
    }
    this.#kept[row] = place - start;
  }

  /** Called once every block has been added. */
  result(): Omit<SampleMeasures, 'index'> {
    const [rows, top] = [this.#rows, this.#topTokens];
    const each = (value: (row: number) => number) => Float32Array.from({ length: rows }, (_, row) => value(row));
    return {
      entropy: each((row) => Math.log(this.#total[row]!) - this.#weighted[row]! / this.#total[row]!),
      top1Probability: each((row) => 1 / this.#total[row]!),
      negativeLogLikelihood: each((row) => Math.log(this.#total[row]!) + this.#largest[row]! - this.#goldLogit[row]!),
      topIds: this.#topIds,
      topProbabilities: this.#topLogits.map((logit, i) => {
        const row = Math.floor(i / top);
        return Math.exp(logit - this.#largest[row]!) / this.#total[row]!;
      }),
    };
  }
}
