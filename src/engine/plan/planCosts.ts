import type { Architecture } from '../../checkpoint/architecture/architecture.ts';
import { attendedPairs } from '../../graph/layers/attention/attentionChunks.ts';
import type { HeldWeights } from '../../graph/layers/products/weightMatrix.ts';
import type { DeviceCosts } from './deviceCosts.ts';
import type { ForwardCut } from './forwardCuts.ts';
import { activeLayerWeights } from './layerWeights.ts';
import { groupCount } from './sampleBatches.ts';
import type { SampleWork } from './sampleWork.ts';

/* What a plan costs, told in rows: one is what a single row takes on its forward pass through the whole model. */

/** How the runs are cut. */
export interface RunCut {
  readonly held: HeldWeights;
  readonly costs: DeviceCosts;
  readonly segments: number;
  readonly layersPerSegment: number;
  readonly targetsPerBatch: number;
  readonly forward: ForwardCut;
}

/** How the samples are grouped. */
export interface GroupCut {
  readonly samplesPerGroup: number;
  /** What is held of them while the group is worked on, and what of that stays in memory, bytes. */
  readonly groupBytes: number;
  readonly keptBytes: number;
}

export interface PlanCut extends RunCut, GroupCut {}

/** Passes over all weights: once where they stay; else a forward and a backward for each group. */
export function weightPasses({ segments, samplesPerGroup, forward }: PlanCut, targets: number): number {
  if (segments === 1) return 1;
  return groupCount(forward.batches, samplesPerGroup) * (targets === 0 ? 1 : 2 - 1 / segments);
}

/** Sessions that make forward runs: one where the model stays; else each group's. */
function sessionsOf({ segments, samplesPerGroup, forward }: PlanCut, targets: number): number {
  // Attribution passes all segments but the last, whose forward is part of its own runs.
  const passed = targets === 0 ? segments : segments - 1;
  return segments === 1 ? passed : passed * groupCount(forward.batches, samplesPerGroup);
}

/** What samples cost one by one, in rows of a forward. */
export function ownCost(
  samples: readonly SampleWork[],
  cut: Pick<RunCut, 'held' | 'costs' | 'segments' | 'targetsPerBatch'>,
): number {
  return samples.reduce((sum, sample) => {
    const { forward, backward, runs } = sampleRows(sample, cut);
    // A run passes the weights of one segment.
    const { held, attributionRun } = cut.costs;
    const widened = (held[cut.held].attributionRun * runs) / cut.segments;
    return sum + forward + backward + runs * attributionRun + widened;
  }, 0);
}

/** What they cost together: loading weights, and what forward runs cost beside their rows. */
export function sharedCost(cut: PlanCut, targets: number): number {
  const { held, costs, segments, forward } = cut;
  const passed = targets === 0 ? 1 : 1 - 1 / segments;
  const { load, forwardRun } = costs.held[held];
  return load * weightPasses(cut, targets) + passed * (forward.cost + forwardRun * forward.batches.length);
}

/** Rows that a sample passes forward and backward through the whole model, and attribution runs. */
function sampleRows(
  { rows, targets }: SampleWork,
  { segments, targetsPerBatch }: Pick<RunCut, 'segments' | 'targetsPerBatch'>,
) {
  if (targets.length === 0) return { forward: rows, backward: 0, runs: 0 };
  const batches = Math.ceil(targets.length / targetsPerBatch);
  return {
    forward: (batches + 1 - 1 / segments) * rows,
    backward: targets.reduce((sum, row) => sum + row + 1, 0),
    runs: batches * segments,
  };
}

/**
 * Products only: two operations a weight and row, forward or backward, and attention's own: two products of every pair of
 * rows forward, and four backward of the pairs in chunks.
 */
export function workFlops(
  architecture: Architecture,
  cut: Pick<RunCut, 'segments' | 'targetsPerBatch'>,
  samples: readonly SampleWork[],
): number {
  const { layers, heads, headDim, hiddenSize, vocabSize } = architecture;
  const weights = layers * activeLayerWeights(architecture);
  return samples.reduce((sum, sample) => {
    const { forward, backward } = sampleRows(sample, cut);
    const attention = 4 * layers * heads * headDim;
    const pairs = sample.targets.reduce((sum, row) => sum + attendedPairs(row, sample.rows), 0);
    const head = 2 * hiddenSize * vocabSize * sample.headRows;
    return (
      sum + (2 * weights + attention * sample.rows) * forward + 2 * weights * backward + 2 * attention * pairs + head
    );
  }, 0);
}

/** What the scratch file costs, and memory that the system has to give. @param samples of the request */
export function memoryCost(architecture: Architecture, cut: PlanCut, samples: number, targets: number): number {
  const spilled = (samples / cut.samplesPerGroup) * (cut.groupBytes - cut.keptBytes);
  const fresh = sessionsOf(cut, targets) * cut.forward.bytes;
  const { spillRows, freshRows } = cut.costs;
  return (spillRows * spilled + freshRows * fresh) / (architecture.layers * activeLayerWeights(architecture));
}
