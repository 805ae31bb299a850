import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { embeddingName, headBiasName, headName } from '../checkpoint/tensorNames.ts';
import { headInputs, headModel, headOutputs, type VocabRange } from '../graph/headModel.ts';
import type { HeadMeasures } from './headMeasures.ts';
import { createSession, float32, int64, type Session, type SessionSettings } from './runtime.ts';
import type { WeightFiles } from './weightFiles.ts';

/** The tensor that turns the residual stream into logits: the embedding where the head is tied and not stored. */
export function headTensor(checkpoint: Checkpoint): string {
  return checkpoint.tensors.has(headName) && !checkpoint.architecture.tiedEmbeddings ? headName : embeddingName;
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
    const bytes = headModel(architecture, names, block, kept, (tensor) => weights.locate(tensor), settings.held);
    return new HeadSession(await createSession(bytes, settings, weights.folder), architecture.hiddenSize, block);
  }

  /**
   * Measures rows of the residual stream against the block's tokens.
   * @param stream `[R, D]`; @param gold `[R]`; @param rowsAtOnce bounds the logits held, `[rowsAtOnce, block]`
   * @param measures takes what is found
   */
  async measure(
    stream: Float32Array,
    gold: readonly number[],
    rowsAtOnce: number,
    measures: HeadMeasures,
  ): Promise<void> {
    const { from, to } = this.#block;
    for (let first = 0; first < gold.length; first += rowsAtOnce) {
      const tokens = gold.slice(first, first + rowsAtOnce);
      const part = stream.subarray(first * this.#hiddenSize, (first + tokens.length) * this.#hiddenSize);
      const outputs = await this.#session.run({
        [headInputs.stream]: float32(part, [tokens.length, this.#hiddenSize]),
        // Any row stands in for a gold token of another block: what it gives is not read.
        [headInputs.gold]: int64(tokens.map((token) => (token >= from && token < to ? token - from : 0))),
      });
      const floats = (name: string) => outputs[name]!.data as Float32Array;
      measures.add(first, tokens, this.#block, {
        largest: floats(headOutputs.largest),
        total: floats(headOutputs.total),
        weighted: floats(headOutputs.weighted),
        goldLogit: floats(headOutputs.goldLogit),
        topIds: outputs[headOutputs.topIds]!.data as BigInt64Array,
        topLogits: floats(headOutputs.topLogits),
      });
    }
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}
