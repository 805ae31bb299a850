import { createHash } from 'node:crypto';
import { InputError, RunError } from '../../../errors.ts';
import type { EngineOutcome, EnginePlan, SampledPrompt, SampleParams } from '../../../protocol/engine.ts';
import { AnswerQueue } from '../../../sampling/answerQueue.ts';
import { checkSamplingOptions } from '../../../sampling/samplingOptions.ts';
import { batchesOf } from '../../plan/sampleBatches.ts';
import { longestOf, planSampling, type SamplingPlan } from '../../plan/samplingPlan.ts';
import type { ModelSessions } from '../../sessions/modelSessions.ts';
import { RowReader } from '../../sessions/rowReader.ts';
import { isOutOfMemory } from '../outOfMemory.ts';
import { PeakMemory } from '../peakMemory.ts';
import { Steps, type Work } from '../work.ts';
import { DealtPrompts } from './dealtPrompts.ts';
import { EmbeddingRows } from './embeddingRows.ts';
import { RunningAnswers } from './runningAnswers.ts';

/* Sampling in the engine: answers to prompts, token by token, many at a time. */

function checkPrompts({ samples }: SampleParams, { checkpoint }: ModelSessions, most: number): void {
  const { vocabSize } = checkpoint.architecture;
  for (const { index, ids } of samples) {
    const place = `Prompt ${index + 1}`;
    if (ids.length === 0) throw new InputError(`${place} has no token.`);
    if (ids.length >= most) {
      throw new InputError(
        `${place} has ${ids.length} tokens; the model "${checkpoint.folder}" is computed for up to ${most}, its answer included.`,
      );
    }
    const beyond = ids.find((id) => id >= vocabSize);
    if (beyond !== undefined)
      throw new InputError(`${place}: token ${beyond} is beyond the vocabulary of ${vocabSize}.`);
  }
}

/**
 * Samples answers to the prompts dealt until none are left, batch by batch. Within a batch answers that end make room for
 * others at once (continuous batching); results go out in the order that prompts were dealt.
 *
 * @throws InputError for options out of range and prompts that the model cannot take
 * @throws RunError where the model does not fit the memory
 */
export async function samplePrompts(
  sessions: ModelSessions,
  params: SampleParams,
  memoryBytes: number,
  work: Work,
  onSample: (result: SampledPrompt) => Promise<void>,
): Promise<EngineOutcome> {
  const { samples: prompts, firstSample, endSample = prompts.length, options } = params;
  const { architecture } = sessions.checkpoint;
  checkSamplingOptions(options);
  const most = architecture.maxPositions;
  checkPrompts(params, sessions, most);
  const lengths = prompts.map(({ ids }) => ids.length);
  const mostRows = Math.min(most, longestOf(lengths) + options.maxTokens);
  const plan = planSampling(
    architecture,
    memoryBytes,
    { prompts: lengths, samples: options.samples, mostRows },
    sessions.ways,
  );
  await sessions.hold(plan.held);
  work.planned({ plan: shownPlan(plan), batches: plan.batches, cut: cutOf(plan) });
  const peak = new PeakMemory();
  const steps = new Steps(work, peak, (endSample - firstSample) * options.samples);
  const reader = RowReader.ofEmbeddings(sessions.checkpoint);
  try {
    await steps.next('load', 0);
    const embeddings = new EmbeddingRows(reader);
    const running = new RunningAnswers(
      await sessions.decoding(),
      architecture,
      options,
      { places: plan.places, mostRows },
      (tokens) => embeddings.read(tokens),
    );
    await sampleAll(params, plan, running, steps, work, onSample);
  } catch (error) {
    if (!isOutOfMemory(error)) throw error;
    await sessions.release();
    throw new RunError(
      `Memory ran out with ${plan.places} answers at a time: pass a smaller --memory, of which fewer are made. ` +
        `(${(error as Error).message.replace(/\s+/g, ' ').slice(0, 200)})`,
    );
  } finally {
    reader.close();
  }
  return { ...shownPlan(plan), peakBytes: peak.bytes };
}

async function sampleAll(
  { samples: prompts, options }: SampleParams,
  plan: SamplingPlan,
  running: RunningAnswers,
  steps: Steps,
  work: Work,
  onSample: (result: SampledPrompt) => Promise<void>,
): Promise<void> {
  const { places, promptRows, batches } = plan;
  // A batch at a time: others may keep the last one until it is done.
  for (let dealt = await work.deal(1); dealt.length > 0; dealt = await work.deal(1)) {
    for (const batch of batchesOf(batches, dealt)) {
      const own = new DealtPrompts(batch, dealt, options.samples);
      const queue = new AnswerQueue(places, options.samples, promptRows);
      queue.add(own.positions.map((position) => ({ position, rows: prompts[position]!.ids.length })));
      while (!queue.empty || running.count > 0) {
        const groups = queue.take(places - running.count);
        const ended =
          groups.length > 0
            ? await running.begin(groups.map((group) => ({ group, prompt: prompts[group.position]! })))
            : await running.step();
        const finished = ended.filter((answer) => own.end(answer)).length;
        for (const { position, answers } of own.due()) await onSample({ index: prompts[position]!.index, answers });
        await steps.next('forward', finished);
      }
    }
  }
}

/** Which answers run beside which. */
function cutOf({ batches, places, promptRows, held }: SamplingPlan): string {
  return createHash('sha256').update(JSON.stringify({ batches, places, promptRows, held })).digest('hex');
}

function shownPlan(plan: SamplingPlan): EnginePlan {
  const { segments, layersPerSegment, samplesPerGroup, targetsPerBatch, forwardRows, weights, estimate } = plan;
  return { segments, layersPerSegment, samplesPerGroup, targetsPerBatch, forwardRows, weights, estimate };
}
