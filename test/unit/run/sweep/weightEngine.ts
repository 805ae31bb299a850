import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine, EngineCallbacks } from '../../../../src/engine/process/engine.ts';
import { Interrupted } from '../../../../src/errors.ts';
import { responseRowCount } from '../../../../src/method/responseRows.ts';
import type { EngineOutcome, MeasureParams, SampleMeasures } from '../../../../src/protocol/engine.ts';

const plan: EngineOutcome = {
  segments: 1,
  layersPerSegment: 2,
  samplesPerGroup: 1,
  targetsPerBatch: 0,
  forwardRows: 0,
  weights: 'float32',
  estimate: { memoryBytes: 120e6, scratchBytes: 0, weightPasses: 1, flops: 1e9 },
  peakBytes: 110e6,
};

/**
 * An engine whose measures are a hash of the checkpoint's weights and of the row: two checkpoints have equal measures
 * exactly when they have equal bytes.
 */
export class WeightEngine implements Engine {
  readonly device = 'cpu';
  readonly processes = 1;
  readonly gpus = [];
  readonly memory = { bytes: 4e9, freeBytes: undefined };
  readonly refused = [];
  readonly runtimeVersion: string = 'weights';
  readonly products = 'float32';
  /** Folders measured, in order. */
  readonly measured: string[] = [];
  disposed = false;
  readonly #onMeasure: (place: string, before: number) => void;

  /** @param onMeasure is called before each measurement, with how many there were before */
  constructor(onMeasure: (place: string, before: number) => void = () => undefined) {
    this.#onMeasure = onMeasure;
  }

  async measure(
    params: MeasureParams,
    { signal, onSample, onCut }: EngineCallbacks<SampleMeasures>,
  ): Promise<EngineOutcome> {
    onCut?.('0'.repeat(64));
    const place = params.checkpoint;
    this.#onMeasure(place, this.measured.length);
    this.measured.push(place);
    const weights = createHash('sha256');
    for (const name of readdirSync(place).sort()) {
      if (name.endsWith('.safetensors')) weights.update(readFileSync(join(place, name)));
    }
    const digest = weights.digest('hex');
    for (const { index, responses } of params.samples) {
      await new Promise((resolve) => setImmediate(resolve));
      if (signal?.aborted) throw new Interrupted('Stopped.');
      const rows = responseRowCount(responses);
      const value = (what: string) =>
        Float32Array.from({ length: rows }, (_, row) => {
          const hash = createHash('sha256').update(`${digest} ${what} ${index} ${row}`).digest();
          return hash.readUInt32LE(0) / 2 ** 32;
        });
      onSample({
        index,
        entropy: value('entropy'),
        top1Probability: value('top1'),
        negativeLogLikelihood: value('nll'),
        topIds: new Int32Array(rows * params.topTokens),
        topProbabilities: new Float32Array(rows * params.topTokens),
      });
    }
    return plan;
  }

  attribute(): Promise<EngineOutcome> {
    return Promise.reject(new Error('a sweep attributes nothing'));
  }

  sample(): Promise<EngineOutcome> {
    return Promise.reject(new Error('these weights answer nothing'));
  }

  async dispose(): Promise<void> {
    this.disposed = true;
  }
}
