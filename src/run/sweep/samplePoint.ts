import { createHash } from 'node:crypto';
import { openCheckpoint } from '../../checkpoint/openCheckpoint.ts';
import type { Engine } from '../../engine/process/engine.ts';
import type { Prompt } from '../../readiness/prompts/prompt.ts';
import { sampledFigures } from '../../readiness/statistics/sampledFigures.ts';
import { answersAt, temperaturesOf } from '../../readiness/temperatures.ts';
import type { RunContext } from '../progress/runContext.ts';
import { type HeldSourceOptions, heldEngineSource } from '../readiness/engineSource.ts';
import { type GradingOptions, RolloutGrader } from '../readiness/rolloutGrader.ts';
import type { RolloutSource, SampledCheckpoint, SampleOptions } from '../readiness/rolloutSource.ts';
import { sampleCheckpoint } from '../readiness/sampleCheckpoint.ts';
import type { PointContext, SamplePoint } from './pointMeasurer.ts';

/* Samples a point of a sweep as readiness samples a checkpoint, and keeps the few figures that a sweep weighs. */

/** What is sampled at every point, and how it is graded. */
export interface PointSampling extends GradingOptions, Omit<SampleOptions, 'signal' | 'onAnswer'> {
  /** One at least. */
  readonly prompts: readonly Prompt[];
  /** That of evaluations: sampled at too, where it is another. */
  readonly evalTemperature?: number | undefined;
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
  const { correctAbove = null, grader = null, evalTemperature = null } = options;
  return { prompts: asked, ...options, correctAbove, grader, evalTemperature };
}

/** Answers of the engine that measures the points. What it says is said once, not at each point. */
export function pointsByEngine(
  options: HeldSourceOptions,
  { onEvent }: Pick<RunContext, 'onEvent'>,
): PointSampling['open'] {
  const said = new Set<string>();
  let planned = false;
  const once: RunContext['onEvent'] = (event) => {
    if (event.type === 'plan') {
      if (planned) return;
      planned = true;
    } else if (event.type === 'warning' || event.type === 'note') {
      if (said.has(event.text)) return;
      said.add(event.text);
    }
    onEvent(event);
  };
  return async (engine, { checkpoint }) => heldEngineSource(engine, checkpoint!, options, once);
}

/** Samples each point afresh: nothing of its answers is kept but the figures. */
export function pointSampler(sampling: PointSampling): SamplePoint {
  const { temperature } = sampling;
  const temperatures = temperaturesOf(sampling);
  const [, evalTemperature] = temperatures;
  const counts = temperatures.map((each) => answersAt(each, sampling) * sampling.prompts.length);
  const total = counts.reduce((sum, each) => sum + each, 0);
  return async (engine, place, context) => {
    const checkpoint = { name: 'point', folder: place, checkpoint: await openCheckpoint(place) };
    const source = await sampling.open(engine, checkpoint, context.signal);
    try {
      const at = (each: number, before: number) => {
        const onAnswers = (done: number) => context.onProgress?.((before + done) / total);
        return figuresAt(each, sampling, source, { ...context, onProgress: onAnswers });
      };
      const { passAtK, entropy, samples } = await at(temperature, 0);
      const evaluation = evalTemperature === undefined ? undefined : await at(evalTemperature, counts[0]!);
      const k = passAtK.length;
      return {
        ...{ prompts: sampling.prompts.length, samples, temperature },
        ...{ passAt1: passAtK[0]!.value, passAtK: passAtK[k - 1]!.value, k, entropy },
        ...(evaluation && {
          evaluation: {
            samples: evaluation.samples,
            temperature: evalTemperature!,
            passAt1: evaluation.passAtK[0]!.value,
          },
        }),
      };
    } finally {
      await source.dispose();
    }
  };
}

/** @param context whose progress hears of answers */
async function figuresAt(
  temperature: number,
  sampling: PointSampling,
  source: RolloutSource,
  { signal, onEvent, onProgress }: PointContext,
): Promise<ReturnType<typeof sampledFigures> & { readonly samples: number }> {
  const { prompts, topP, maxTokens, stop, seed } = sampling;
  const samples = answersAt(temperature, sampling);
  const tally = await sampleCheckpoint({
    source,
    prompts,
    options: { samples, temperature, topP, maxTokens, stop, seed, signal },
    grader: new RolloutGrader(sampling, signal),
    onProgress: (done) => onProgress?.(done),
    onNote: (text) => onEvent({ type: 'note', text }),
  });
  return { ...sampledFigures(tally, [], seed), samples };
}
