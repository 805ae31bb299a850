import { embeddingName, headBiasName, headName } from '../../checkpoint/architecture/tensorNames.ts';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { headInputs, headModel, headOutputs, type VocabRange } from '../../graph/headModel.ts';
import { createSession, float32, int64, type Session, type SessionSettings } from '../device/runtime.ts';
import { concatenated } from './floatParts.ts';
import { type BlockMeasures, type HeadMeasures, measuresOfRows } from './headMeasures.ts';
import { rowRuns } from './packing.ts';
import type { WeightFiles } from './weightFiles.ts';

/* The output head on the device: turns the residual stream into measures of each row. */

/** The tensor that turns the residual stream into logits: the embedding where the head is tied and not stored. */
export function headTensor(checkpoint: Checkpoint): string {
  return checkpoint.tensors.has(headName) && !checkpoint.architecture.tiedEmbeddings ? headName : embeddingName;
}

/** A sample's response rows, and what takes their measures. */
export interface MeasuredRows {
  /** `[R, D]`. */
  readonly stream: Float32Array;
  /** `[R]`. */
  readonly gold: readonly number[];
  readonly measures: HeadMeasures;
}

/** Final norm and a block of the output head loaded on the device. */
export class HeadSession {
  readonly #session: Session;
  readonly #hiddenSize: number;
  readonly #block: VocabRange;

  private constructor(session: Session, hiddenSize: number, block: VocabRange) {
    this.#session = session;
    this.#hiddenSize = hiddenSize;
    this.#block = block;
  }

  static async load(
    checkpoint: Checkpoint,
    block: VocabRange,
    topTokens: number,
    weights: WeightFiles,
    settings: SessionSettings,
  ): Promise<HeadSession> {
    const { architecture } = checkpoint;
    const kept = Math.min(topTokens, block.to - block.from);
    const names = { weight: headTensor(checkpoint), bias: architecture.headBias ? headBiasName : undefined };
    const locate = (tensor: string) => weights.locate(tensor);
    const bytes = headModel(architecture, names, block, kept, locate, settings.held, settings.arithmetic);
    return new HeadSession(await createSession(bytes, settings, weights.folder), architecture.hiddenSize, block);
  }

  /**
   * Measures rows of the residual stream against the block's tokens; samples share runs.
   * @param rowsAtOnce bounds the logits held, `[rowsAtOnce, block]`
   */
  async measure(samples: readonly MeasuredRows[], rowsAtOnce: number): Promise<void> {
    const width = this.#hiddenSize;
    const rows = samples.map(({ gold }) => gold.length);
    for (const spans of rowRuns(rows, rowsAtOnce)) {
      const parts = spans.map(({ part, first, count }) => {
        const { stream, gold, measures } = samples[part]!;
        const own = stream.subarray(first * width, (first + count) * width);
        return { stream: own, gold: gold.slice(first, first + count), measures, first };
      });
      const found = await this.#run(
        concatenated(parts.map(({ stream }) => stream)),
        parts.flatMap(({ gold }) => gold),
      );
      let at = 0;
      for (const { gold, measures, first } of parts) {
        measures.add(first, gold, this.#block, measuresOfRows(found, at, at + gold.length));
        at += gold.length;
      }
    }
  }

  async #run(stream: Float32Array, gold: readonly number[]): Promise<BlockMeasures> {
    const { from, to } = this.#block;
    const outputs = await this.#session.run({
      [headInputs.stream]: float32(stream, [gold.length, this.#hiddenSize]),
      // Any row stands in for a gold token of another block: what it gives is not read.
      [headInputs.gold]: int64(gold.map((token) => (token >= from && token < to ? token - from : 0))),
    });
    const floats = (name: string) => outputs[name]!.data as Float32Array;
    return {
      largest: floats(headOutputs.largest),
      total: floats(headOutputs.total),
      weighted: floats(headOutputs.weighted),
      goldLogit: floats(headOutputs.goldLogit),
      topIds: outputs[headOutputs.topIds]!.data as BigInt64Array,
      topLogits: floats(headOutputs.topLogits),
    };
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}
