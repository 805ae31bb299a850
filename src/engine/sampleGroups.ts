import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { RunError } from '../errors.ts';
import type { EngineOutcome } from '../protocol/engine.ts';
import type { WeightMemory } from './heldWeights.ts';
import { isOutOfMemory } from './outOfMemory.ts';
import { PeakMemory } from './peakMemory.ts';
import { leastHeadBlock, type Plan, type PlanLimits, planWork, type SampleWork } from './plan.ts';
import { Steps, type Work } from './work.ts';

/** The model that the samples go through. */
export interface HeldModel {
  readonly checkpoint: Pick<Checkpoint, 'architecture'>;
  readonly weightMemory: WeightMemory;
  /** Lets go of all sessions. */
  release(): Promise<void>;
}

/** A request's work on its samples, group by group. */
export interface GroupWork<Found> {
  /** Works on the samples at these positions. May be called again for them, with a smaller plan. */
  attempt(positions: readonly number[], plan: Plan, steps: Steps): Promise<Found>;
  /** Takes what was found; the samples are finished then. */
  deliver(found: Found): Promise<void>;
  /** Steps that one sample takes on average. */
  stepsPerSample(plan: Plan): number;
}

/**
 * Plans the work and does it, group by group, until no sample is left. When the memory is not there after all, the
 * plan is halved, the user is told, and the group is begun again: what was delivered before stays.
 *
 * @throws RunError when the smallest plan does not fit either
 */
export async function workInGroups<Found>(
  model: HeldModel,
  memoryBytes: number,
  samples: readonly SampleWork[],
  firstSample: number,
  work: Work,
  { attempt, deliver, stepsPerSample }: GroupWork<Found>,
): Promise<EngineOutcome> {
  const { weightMemory, checkpoint } = model;
  const planned = (limits?: PlanLimits) =>
    planWork(checkpoint.architecture, memoryBytes, samples, limits, weightMemory);
  let plan = planned();
  work.planned(plan);
  // Another request's session, still held, would stand beside the first segment until that is loaded.
  if (plan.segments > 1) await model.release();
  const remaining = samples.length - firstSample;
  const peak = new PeakMemory();
  const steps = new Steps(work, peak, remaining * stepsPerSample(plan));
  let dealt = await work.deal(plan.samplesPerGroup);
  while (dealt.length > 0) {
    const group = dealt.slice(0, plan.samplesPerGroup);
    let found: Found;
    try {
      found = await attempt(group, plan, steps);
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      await model.release();
      const smaller = halved(plan);
      if (smaller === undefined) throw outOfMemory(error, plan);
      plan = planned(smaller);
      work.note(`Memory ran out; going on with ${planText(plan)}.`);
      work.planned(plan);
      steps.restart(remaining * stepsPerSample(plan));
      continue;
    }
    const rest = dealt.slice(group.length);
    const next = rest.length > 0 ? rest : work.deal(plan.samplesPerGroup);
    await deliver(found);
    dealt = await next;
  }
  const { segments, layersPerSegment, samplesPerGroup, targetsPerBatch, estimate } = plan;
  return { segments, layersPerSegment, samplesPerGroup, targetsPerBatch, estimate, peakBytes: peak.bytes };
}

/** Half the layers and tokens of the head at a time; then half the targets. */
function halved({ layersPerSegment, targetsPerBatch, headBlocks }: Plan): PlanLimits | undefined {
  const block = headBlocks[0];
  const tokens = block === undefined ? Infinity : block.to - block.from;
  const smallHead = block === undefined || tokens < 2 * leastHeadBlock;
  if (layersPerSegment > 1 || !smallHead) {
    const headTokens = smallHead ? tokens : Math.ceil(tokens / 2);
    return { layers: Math.ceil(layersPerSegment / 2), targets: targetsPerBatch, headTokens };
  }
  if (targetsPerBatch > 1) return { layers: 1, targets: Math.ceil(targetsPerBatch / 2), headTokens: tokens };
  return undefined;
}

function planText({ layersPerSegment, targetsPerBatch }: Plan): string {
  const count = (value: number, noun: string) => `${value} ${noun}${value === 1 ? '' : 's'}`;
  return `${count(layersPerSegment, 'layer')} and ${count(targetsPerBatch, 'target')} at a time`;
}

function outOfMemory(error: unknown, plan: Plan): RunError {
  const reason = error instanceof Error ? error.message.replace(/\s+/g, ' ').slice(0, 200) : String(error);
  return new RunError(`Memory ran out even with ${planText(plan)}: use shorter samples (--max-length). (${reason})`);
}
