import { createHash } from 'node:crypto';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { RunError } from '../../errors.ts';
import type { HeldWeights } from '../../graph/layers/products/weightMatrix.ts';
import type { EngineOutcome, PlannedWork, SampleBatch } from '../../protocol/engine.ts';
import { cpuCosts } from '../plan/deviceCosts.ts';
import { leastHeadBlock } from '../plan/headCut.ts';
import type { WeightMemory } from '../plan/heldWeights.ts';
import type { Plan, PlanLimits } from '../plan/plan.ts';
import { planBest } from '../plan/planBest.ts';
import { batchesOf, wholeBatches } from '../plan/sampleBatches.ts';
import type { SampleWork } from '../plan/sampleWork.ts';
import { FloatStore } from './floatStore.ts';
import { isOutOfMemory } from './outOfMemory.ts';
import { PeakMemory } from './peakMemory.ts';
import { Steps, type Work } from './work.ts';

/* Works through a request's samples group by group, and goes on with a smaller plan when memory runs out. */

/** The model that the samples go through. */
export interface HeldModel {
  readonly checkpoint: Pick<Checkpoint, 'architecture'>;
  /** Ways to hold its matrices, the one to prefer first. */
  readonly ways: readonly WeightMemory[];
  /** Sessions hold them so from now on. */
  hold(held: HeldWeights): Promise<void>;
  /** What a scratch file may take. */
  readonly scratchBytes: number;
  /** Lets go of all sessions. */
  release(): Promise<void>;
}

/** Samples worked on together. */
export interface SampleGroup {
  /** Positions of those to deliver, ascending. */
  readonly positions: readonly number[];
  /**
   * The batches that they are in, whole: a batch taken up where an earlier run was stopped, or another process lost, is
   * computed with the samples that are finished, since the rows of a run decide its last bits.
   */
  readonly batches: readonly SampleBatch[];
}

/** A request's work on its samples, group by group. */
export interface GroupWork<Found> {
  /**
   * Works on a group of samples. May be called again for them, with a smaller plan.
   * @param store keeps what waits between segments until the samples are delivered
   */
  attempt(group: SampleGroup, plan: Plan, steps: Steps, store: FloatStore): Promise<Found>;
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
  {
    firstSample,
    endSample = samples.length,
  }: { readonly firstSample: number; readonly endSample?: number | undefined },
  work: Work,
  { attempt, deliver, stepsPerSample }: GroupWork<Found>,
): Promise<EngineOutcome> {
  const { ways, checkpoint, scratchBytes } = model;
  const planned = async (limits?: PlanLimits) => {
    const plan = planBest(checkpoint.architecture, memoryBytes, samples, limits, ways, scratchBytes);
    await model.hold(plan.held);
    return plan;
  };
  let plan = await planned();
  work.planned(plannedOf(plan));
  // Another request's session, still held, would stand beside the first segment until that is loaded.
  if (plan.segments > 1) await model.release();
  const remaining = endSample - firstSample;
  const peak = new PeakMemory();
  const steps = new Steps(work, peak, remaining * stepsPerSample(plan));
  let dealt = await work.deal(samplesAtOnce(plan));
  while (dealt.length > 0) {
    const positions = dealt.slice(0, wholeBatches(plan.batches, dealt, samplesAtOnce(plan)));
    const group = { positions, batches: batchesOf(plan.batches, positions) };
    const rest = dealt.slice(positions.length);
    const store = new FloatStore(plan.keptBytes);
    try {
      const attempted = await withMemory(() => attempt(group, plan, steps, store));
      if ('lack' in attempted) {
        await model.release();
        const costs = ways[0]!.costs ?? cpuCosts(checkpoint.architecture);
        const smaller = halved(plan, costs.mostForwardRows);
        if (smaller === undefined) throw outOfMemory(attempted.lack, plan);
        plan = await planned(smaller);
        work.note(`Memory ran out; going on with ${planText(plan)}.`);
        work.planned(plannedOf(plan));
        steps.restart(remaining * stepsPerSample(plan));
      } else {
        const next = rest.length > 0 ? rest : work.deal(samplesAtOnce(plan));
        await deliver(attempted.found);
        dealt = await next;
      }
    } finally {
      store.close();
    }
  }
  return { ...plannedOf(plan).plan, peakBytes: peak.bytes };
}

function plannedOf(plan: Plan): PlannedWork {
  const { segments, layersPerSegment, samplesPerGroup, targetsPerBatch, forwardRows, weights, estimate } = plan;
  return {
    plan: { segments, layersPerSegment, samplesPerGroup, targetsPerBatch, forwardRows, weights, estimate },
    batches: plan.batches,
    cut: cutOf(plan),
  };
}

/**
 * The size of groups is left out: whatever is delivered together, batches are computed whole. So are estimates.
 */
function cutOf({ ranges, batches, targetsPerBatch, headBlocks, headRows, held }: Plan): string {
  const cut = { ranges, batches, targetsPerBatch, headBlocks, headRows, held };
  return createHash('sha256').update(JSON.stringify(cut)).digest('hex');
}

/** Samples to ask for: with the weights held anyway, a batch at a time. */
function samplesAtOnce({ segments, samplesPerGroup }: Plan): number {
  return segments === 1 ? 1 : samplesPerGroup;
}

/** What the attempt gives, or the error that says that memory was lacking. */
async function withMemory<Found>(attempt: () => Promise<Found>): Promise<{ found: Found } | { lack: unknown }> {
  try {
    return { found: await attempt() };
  } catch (error) {
    if (isOutOfMemory(error)) return { lack: error };
    throw error;
  }
}

/** Half the layers, rows that samples share and tokens of the head at a time; then half the targets. */
function halved(plan: Plan, mostForwardRows: number): PlanLimits | undefined {
  const { layersPerSegment, targetsPerBatch, forwardRows, headBlocks } = plan;
  const block = headBlocks[0];
  const tokens = block === undefined ? Infinity : block.to - block.from;
  const smallHead = block === undefined || tokens < 2 * leastHeadBlock;
  const rows = Math.floor((forwardRows === 0 ? mostForwardRows : forwardRows) / 2);
  if (layersPerSegment > 1 || !smallHead || forwardRows > 0) {
    const headTokens = smallHead ? tokens : Math.ceil(tokens / 2);
    return { layers: Math.ceil(layersPerSegment / 2), targets: targetsPerBatch, forwardRows: rows, headTokens };
  }
  if (targetsPerBatch > 1) {
    return { layers: 1, targets: Math.ceil(targetsPerBatch / 2), forwardRows: 0, headTokens: tokens };
  }
  return undefined;
}

function planText({ layersPerSegment, targetsPerBatch, forwardRows }: Plan): string {
  const count = (value: number, noun: string) => `${value} ${noun}${value === 1 ? '' : 's'}`;
  const ofForward = forwardRows > 0 ? count(forwardRows, 'row') : '1 sample';
  const others = targetsPerBatch > 0 ? count(targetsPerBatch, 'target') : ofForward;
  return `${count(layersPerSegment, 'layer')} and ${others} at a time`;
}

function outOfMemory(error: unknown, plan: Plan): RunError {
  const reason = error instanceof Error ? error.message.replace(/\s+/g, ' ').slice(0, 200) : String(error);
  return new RunError(`Memory ran out even with ${planText(plan)}: use shorter samples (--max-length). (${reason})`);
}
