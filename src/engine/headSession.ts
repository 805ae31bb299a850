import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { embeddingName, headBiasName, headName } from '../checkpoint/tensorNames.ts';
import { headInputs, headModel, headOutputs } from '../graph/headModel.ts';
import type { SampleMeasures } from '../protocol/engine.ts';
import { createSession, float32, int64, type Session, type SessionSettings } from './runtime.ts';
import type { WeightFiles } from './weightFiles.ts';

/** The tensor that turns the residual stream into logits: the embedding where the head is tied and not stored. */
export function headTensor(checkpoint: Checkpoint): string {
  return checkpoint.tensors.has(headName) && !checkpoint.architecture.tiedEmbeddings ? headName : embeddingName;
}

/** Final norm and output head loaded on the device. */
export class HeadSession {
  readonly #session: Session;
  readonly #hiddenSize: number;
  readonly topTokens: number;

  private constructor(session: Session, hiddenSize: number, topTokens: number) {
    this.#session = session;
    this.#hiddenSize = hiddenSize;
    this.topTokens = topTokens;
  }

  static async load(
    checkpoint: Checkpoint,
    topTokens: number,
    weights: WeightFiles,
    settings: SessionSettings,
  ): Promise<HeadSession> {
    const { architecture } = checkpoint;
    const kept = Math.min(topTokens, architecture.vocabSize);
    const names = { weight: headTensor(checkpoint), bias: architecture.headBias ? headBiasName : undefined };
    const bytes = headModel(architecture, names, kept, (tensor) => weights.locate(tensor));
    const session = await createSession(bytes, settings, weights.folder);
    return new HeadSession(session, architecture.hiddenSize, kept);
  }

  /**
   * Measures rows of the residual stream.
   * @param stream `[R, D]`; @param gold `[R]`; @param rowsAtOnce bounds the logits held, `[rowsAtOnce, V]`
   */
  async measure(
    stream: Float32Array,
    gold: readonly number[],
    rowsAtOnce: number,
  ): Promise<Omit<SampleMeasures, 'index'>> {
    const rows = gold.length;
    const measures = {
      entropy: new Float32Array(rows),
      top1Probability: new Float32Array(rows),
      negativeLogLikelihood: new Float32Array(rows),
      topIds: new Int32Array(rows * this.topTokens),
      topProbabilities: new Float32Array(rows * this.topTokens),
    };
    for (let from = 0; from < rows; from += rowsAtOnce) {
      const to = Math.min(from + rowsAtOnce, rows);
      const part = stream.subarray(from * this.#hiddenSize, to * this.#hiddenSize);
      const outputs = await this.#session.run({
        [headInputs.stream]: float32(part, [to - from, this.#hiddenSize]),
        [headInputs.gold]: int64(gold.slice(from, to)),
      });
      const floats = (name: string) => outputs[name]!.data as Float32Array;
      measures.entropy.set(floats(headOutputs.entropy), from);
      measures.top1Probability.set(floats(headOutputs.top1Probability), from);
      measures.negativeLogLikelihood.set(floats(headOutputs.negativeLogLikelihood), from);
      measures.topProbabilities.set(floats(headOutputs.topProbabilities), from * this.topTokens);
      const ids = outputs[headOutputs.topIds]!.data as BigInt64Array;
      for (let i = 0; i < ids.length; i++) measures.topIds[from * this.topTokens + i] = Number(ids[i]);
    }
    return measures;
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}
