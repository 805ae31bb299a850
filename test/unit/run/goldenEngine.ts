import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readSafetensors } from '../../../src/checkpoint/safetensors/safetensorsFile.ts';
import type { Engine, EngineCallbacks } from '../../../src/engine/process/engine.ts';
import { ScoreFile } from '../../../src/engine/work/scoreFile.ts';
import { Interrupted, RunError } from '../../../src/errors.ts';
import type { SampleAttribution } from '../../../src/method/attribution.ts';
import { keptNeurons, sumOf, termCount } from '../../../src/method/contributions.ts';
import { responseRowCount } from '../../../src/method/responseRows.ts';
import type { AttributeParams, EngineOutcome, MeasureParams, SampleMeasures } from '../../../src/protocol/engine.ts';
import type { ProductForm } from '../../../src/settings/precision.ts';
import { fixtures } from '../../paths.ts';

interface Golden {
  readonly targets: readonly {
    readonly sample: number;
    readonly t: number;
    readonly z: number;
    readonly z_rec: number;
  }[];
  readonly reset_neurons: number;
  readonly reset_params: number;
  readonly reset_ratio: number;
  readonly reset_param_ratio: number;
  readonly rec_err_max: number;
  readonly budget_per_target: number;
  readonly summary: Readonly<Record<'base' | 'sft', Readonly<Record<'entropy_all' | 'entropy_targets', number>>>>;
  readonly layout: readonly { readonly layer: number; readonly width: number; readonly reset: readonly number[] }[];
}

function floats(data: Uint8Array): Float32Array {
  return new Float32Array(data.slice().buffer);
}

const plan: EngineOutcome = {
  segments: 1,
  layersPerSegment: 2,
  samplesPerGroup: 1,
  targetsPerBatch: 2,
  forwardRows: 0,
  weights: 'float32',
  estimate: { memoryBytes: 120e6, scratchBytes: 0, weightPasses: 1, flops: 1e9 },
  peakBytes: 110e6,
};

/** What happens after so many results of the engine's whole life. */
export interface Incident {
  readonly after: number;
  readonly happens: 'death' | 'abort';
}

/**
 * An engine that serves the golden numbers of an independent implementation, for tests of everything around it. What a
 * golden lacks (top tokens, NLL) is made from the entropies: plain functions of sample and row.
 */
export class GoldenEngine implements Engine {
  readonly device = 'cpu';
  readonly processes = 1;
  readonly gpus = [];
  readonly memory = { bytes: 4e9, freeBytes: undefined };
  readonly refused = [{ device: 'cuda', available: false, reason: 'not in this test' }] as const;
  readonly runtimeVersion = 'golden';
  products: ProductForm = 'float32';
  /** Of its plan. */
  cut = '0'.repeat(64);
  readonly golden: Golden;
  /** Indices of the samples worked on, in order. */
  readonly worked = { base: [] as number[], sft: [] as number[], attribution: [] as number[] };
  disposed = false;
  readonly #entropies: Readonly<Record<string, Float32Array>>;
  /** `[targets, neurons]`. */
  readonly scores: Float32Array;
  readonly #neurons: number;
  readonly #incident: Incident | undefined;
  readonly #abort: (() => void) | undefined;
  #results = 0;

  private constructor(
    golden: Golden,
    entropies: Readonly<Record<string, Float32Array>>,
    scores: Float32Array,
    incident: Incident | undefined,
    abort: (() => void) | undefined,
  ) {
    this.golden = golden;
    this.#entropies = entropies;
    this.scores = scores;
    this.#neurons = scores.length / golden.targets.length;
    this.#incident = incident;
    this.#abort = abort;
  }

  static async open(name: string, incident?: Incident, abort?: () => void): Promise<GoldenEngine> {
    const folder = join(fixtures, 'goldens', name);
    const golden = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8')) as Golden;
    const tensors = await readSafetensors(join(folder, 'golden.safetensors'));
    const entropies = {
      base: floats(tensors.get('H_base')!.data),
      sft: floats(tensors.get('H_sft')!.data),
    };
    return new GoldenEngine(golden, entropies, floats(tensors.get('scores')!.data), incident, abort);
  }

  async measure(params: MeasureParams, callbacks: EngineCallbacks<SampleMeasures>): Promise<EngineOutcome> {
    const which = basename(params.checkpoint) === 'base' ? 'base' : 'sft';
    const entropies = this.#entropies[which]!;
    const rowsOf = (sample: MeasureParams['samples'][number]) => responseRowCount(sample.responses);
    const finished = params.samples.slice(0, params.firstSample);
    let at = finished.reduce((rows, sample) => rows + rowsOf(sample), 0);
    callbacks.onCut?.(this.cut);
    for (const sample of params.samples.slice(params.firstSample, params.endSample)) {
      await this.#result(callbacks.signal);
      const entropy = entropies.slice(at, at + rowsOf(sample));
      at += entropy.length;
      this.worked[which].push(sample.index);
      callbacks.onSample({
        index: sample.index,
        entropy,
        top1Probability: entropy.map((value) => Math.exp(-value)),
        negativeLogLikelihood: entropy.map((value) => value + 1),
        topIds: Int32Array.from({ length: entropy.length * params.topTokens }, (_, i) => i % 300),
        topProbabilities: Float32Array.from(
          { length: entropy.length * params.topTokens },
          (_, i) => 0.5 ** (1 + (i % params.topTokens)),
        ),
      });
    }
    return plan;
  }

  async attribute(params: AttributeParams, callbacks: EngineCallbacks<SampleAttribution>): Promise<EngineOutcome> {
    const n = this.#neurons;
    callbacks.onCut?.(this.cut);
    for (const sample of params.samples.slice(params.firstSample, params.endSample)) {
      await this.#result(callbacks.signal);
      const scoreSum = new Float64Array(n);
      const scoreMax = new Float32Array(n).fill(Number.NEGATIVE_INFINITY);
      const targets = sample.targets.map(({ row, gold }, i) => {
        // The golden has targets in every sample; a run that holds some out counts its own.
        const position = this.golden.targets.findIndex(({ sample: of, t }) => of === sample.index && t === row);
        const expected = this.golden.targets[position];
        if (expected === undefined) throw new RunError('not a target of the golden');
        const scores = this.scores.subarray(position * n, (position + 1) * n);
        scores.forEach((score, neuron) => {
          scoreSum[neuron] = scoreSum[neuron]! + score;
          scoreMax[neuron] = Math.max(scoreMax[neuron]!, score);
        });
        const ranked = [...scores.keys()]
          .filter((neuron) => scores[neuron]! > 0)
          .sort((a, b) => scores[b]! - scores[a]! || a - b)
          .slice(0, params.rankLimit);
        if (params.scores !== undefined) {
          const file = new ScoreFile(params.scores.path, params.scores.dataStart, n);
          try {
            file.write(sample.firstTarget + i, scores);
          } finally {
            file.close();
          }
        }
        const { z, z_rec } = expected;
        const terms = new Float32Array(termCount(1 + Math.max(...this.golden.layout.map(({ layer }) => layer))));
        // In two parts, which together are as good as a double.
        terms.set([z_rec, z_rec - Math.fround(z_rec)]);
        const topScores = Float32Array.from(ranked.slice(0, keptNeurons), (neuron) => scores[neuron]!);
        return {
          ...{ row, gold, logit: z, reconstructedLogit: sumOf(terms) },
          ...{ terms, ranked: Uint32Array.from(ranked), topScores },
        };
      });
      this.worked.attribution.push(sample.index);
      callbacks.onSample({ index: sample.index, targets, scoreSum, scoreMax });
    }
    return plan;
  }

  sample(): Promise<EngineOutcome> {
    throw new RunError('a golden has no answers');
  }

  async dispose(): Promise<void> {
    this.disposed = true;
  }

  /** Lets the host run, as a process of its own would, and has the incident happen when it is due. */
  async #result(signal: AbortSignal | undefined): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#results++ === this.#incident?.after) {
      if (this.#incident.happens === 'death') throw new RunError('The engine process was ended by signal SIGKILL.');
      this.#abort?.();
    }
    if (signal?.aborted) throw new Interrupted('Stopped.');
  }
}
