import { createHash } from 'node:crypto';
import { openCheckpoint } from '../../checkpoint/openCheckpoint.ts';
import type { Engine } from '../../engine/process/engine.ts';
import type { Prompt } from '../../readiness/prompts/prompt.ts';
import { sampledFigures } from '../../readiness/statistics/sampledFigures.ts';
import { type GradingOptions, RolloutGrader } from '../readiness/rolloutGrader.ts';
import type { RolloutSource, SampledCheckpoint, SampleOptions } from '../readiness/rolloutSource.ts';
import { sampleCheckpoint } from '../readiness/sampleCheckpoint.ts';
import type { SamplePoint } from './pointMeasurer.ts';

/* Samples a point of a sweep as readiness samples a checkpoint, and keeps the few figures that a sweep weighs. */

/** What is sampled at every point, and how it is graded. */
export interface PointSampling extends GradingOptions, Omit<SampleOptions, 'signal' | 'onAnswer'> {
  /** One at least. */
  readonly prompts: readonly Prompt[];
  /** Opens a source of answers from the engine that has just measured the point. */
  open(engine: Engine, checkpoint: SampledCheckpoint, signal: AbortSignal): Promise<RolloutSource>;
}

/** What tells sampled figures from those of other prompts or options: for a sweep that is resumed. */
export function samplingFingerprint({
  prompts,
  open: _,
  ...options
}: PointSampling): Readonly<Record<string, unknown>> {
  const asked = createHash('sha256').update(JSON.stringify(prompts)).digest('hex');
  return { prompts: asked, ...options, correctAbove: options.correctAbove ?? null, grader: options.grader ?? null };
}

/** Samples each point afresh: nothing of its answers is kept but the figures. */
export function pointSampler(sampling: PointSampling): SamplePoint {
  const { prompts, samples, temperature, topP, maxTokens, stop, seed } = sampling;
  return async (engine, place, { signal, onEvent }) => {
    const checkpoint = { name: 'point', folder: place, checkpoint: await openCheckpoint(place) };
    const source = await sampling.open(engine, checkpoint, signal);
    try {
      // Greedy answers are all the same.
      const each = temperature === 0 ? 1 : samples;
      const tally = await sampleCheckpoint({
        source,
        prompts,
        options: { samples: each, temperature, topP, maxTokens, stop, seed, signal },
        grader: new RolloutGrader(sampling, signal),
        onProgress: () => undefined,
        onNote: (text) => onEvent({ type: 'note', text }),
      });
      const { passAtK, entropy } = sampledFigures(tally, [], seed);
      const k = passAtK.length;
      const [first, last] = [passAtK[0]!.value, passAtK[k - 1]!.value];
      return { prompts: prompts.length, samples: each, temperature, passAt1: first, passAtK: last, k, entropy };
    } finally {
      await source.dispose();
    }
  };
}
