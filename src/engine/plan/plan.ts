import type { Architecture } from '../../checkpoint/architecture/architecture.ts';
import type { VocabRange } from '../../graph/headModel.ts';
import type { HeldWeights } from '../../graph/layers/products/weightMatrix.ts';
import type { LayerRange } from '../../graph/segmentModel.ts';
import type { EnginePlan, SampleBatch } from '../../protocol/engine.ts';
import { evenRanges, sizesDownFrom } from './cutSizes.ts';
import { type ForwardCut, forwardCuts, oneByOne } from './forwardCuts.ts';
import { headCut, leastHeadBlock } from './headCut.ts';
import { formOf, type WeightMemory, weightMemory } from './heldWeights.ts';
import { MemoryModel, processBytes } from './memoryModel.ts';
import {
  type GroupCut,
  memoryCost,
  ownCost,
  type PlanCut,
  type RunCut,
  sharedCost,
  weightPasses,
  workFlops,
} from './planCosts.ts';
import type { SampleWork } from './sampleWork.ts';

/*
 * Plans a request: how many layers, samples and targets are worked on at a time, to fit the memory at the least cost.
 */

/** How the work is cut to fit the memory budget. */
export interface Plan extends EnginePlan {
  readonly held: HeldWeights;
  /** What the request costs, in rows of a forward through the whole model. */
  readonly cost: number;
  readonly ranges: readonly LayerRange[];
  /** Samples that share forward runs: all of the request's, whoever works on them. */
  readonly batches: readonly SampleBatch[];
  /** The output head's blocks; loaded one after the other. */
  readonly headBlocks: readonly VocabRange[];
  /** Most rows whose logits are held at a time. */
  readonly headRows: number;
  /** What waits between segments is kept in memory up to here, and beyond in a scratch file; bytes. */
  readonly keptBytes: number;
}

/** What an earlier lack of memory left: at most so many layers, targets, rows that samples share and tokens of the head. */
export interface PlanLimits {
  readonly layers: number;
  readonly targets: number;
  readonly forwardRows: number;
  readonly headTokens: number;
}

const inFloat32 = weightMemory('float32', 'F32');
const unlimited: PlanLimits = { layers: Infinity, targets: Infinity, forwardRows: Infinity, headTokens: Infinity };

/** The largest that any sample asks for. */
interface Extremes {
  readonly rows: number;
  readonly targets: number;
  /** Packed rows of a batch of so many targets. */
  readonly packedRows: (targetsPerBatch: number) => number;
}

function extremesOf(samples: readonly SampleWork[]): Extremes {
  const largest = (value: (sample: SampleWork) => number) =>
    samples.reduce((most, each) => Math.max(most, value(each)), 0);
  return {
    rows: largest(({ rows }) => rows),
    targets: largest(({ targets }) => targets.length),
    packedRows: (batch) => largest(({ targets }) => targets.slice(-batch).reduce((sum, row) => sum + row + 1, 0)),
  };
}

interface Cut extends PlanCut {
  readonly memoryBytes: number;
  /** Rows of a forward through the whole model that the request costs as much as. */
  readonly cost: number;
}

/**
 * Chooses layers per segment, targets per batch, samples per group and blocks of the head for a memory budget.
 *
 * Short segments leave room for samples, and every group of samples loads all weights anew; large batches of targets
 * share a forward. All combinations that fit are compared by what they cost, in rows of a forward. When nothing fits the
 * smallest is taken: one layer, one target, one sample, and the budget is exceeded rather than refused.
 *
 * @param memoryBytes budget of the engine process, bytes
 * @param weights how matrices are held; float32 unless said
 * @param scratchBytes what a scratch file may take; none unless said
 */
export function planWork(
  architecture: Architecture,
  memoryBytes: number,
  samples: readonly SampleWork[],
  limits: PlanLimits = unlimited,
  weights: WeightMemory = inFloat32,
  scratchBytes = 0,
): Plan {
  const model = new MemoryModel(architecture, weights);
  const extremes = extremesOf(samples);
  const room = memoryBytes - processBytes;
  let best: Cut | undefined;
  for (const cut of cuts(architecture, model, room, samples, extremes, limits, scratchBytes)) {
    if (best === undefined || cut.cost < best.cost) best = cut;
  }
  best ??= smallestCut(architecture, model, samples, extremes);
  const { forward, keptBytes } = best;
  const headRoom = best.segments === 1 ? Infinity : room - keptBytes;
  const head = headCut(architecture, model, headRoom, forward.headRows, limits.headTokens);
  const ranges = evenRanges(architecture.layers, best.segments);
  return {
    segments: ranges.length,
    layersPerSegment: best.layersPerSegment,
    samplesPerGroup: best.samplesPerGroup,
    targetsPerBatch: extremes.targets === 0 ? 0 : best.targetsPerBatch,
    forwardRows: forward.rows,
    weights: formOf(best.held),
    held: best.held,
    cost: best.cost,
    batches: forward.batches,
    headBlocks: head.blocks,
    headRows: head.rows,
    keptBytes,
    ranges,
    estimate: {
      memoryBytes: Math.round(processBytes + Math.max(best.memoryBytes, head.bytes === 0 ? 0 : keptBytes + head.bytes)),
      scratchBytes: best.groupBytes - keptBytes,
      weightPasses: weightPasses(best, extremes.targets),
      flops: workFlops(architecture, best, samples),
    },
  };
}

function* cuts(
  architecture: Architecture,
  model: MemoryModel,
  room: number,
  samples: readonly SampleWork[],
  extremes: Extremes,
  { layers: mostLayers, targets: mostTargets, forwardRows: mostRows }: PlanLimits,
  scratchBytes: number,
): Generator<Cut> {
  const { layers } = architecture;
  const { held, costs } = model;
  const forwards = [...forwardCuts(architecture, model, samples, mostRows)];
  for (let segments = 1; segments <= layers; segments++) {
    const layersPerSegment = Math.ceil(layers / segments);
    if (Math.ceil(layers / layersPerSegment) !== segments || layersPerSegment > mostLayers) continue;
    // In one segment attribution makes no forward runs.
    const useful = segments === 1 && extremes.targets > 0 ? forwards.slice(-1) : forwards;
    for (const targetsPerBatch of sizesDownFrom(Math.max(1, Math.min(extremes.targets, mostTargets)))) {
      const ownRows = ownCost(samples, { held, costs, segments, targetsPerBatch });
      for (const forward of useful) {
        const runs = { held, costs, segments, layersPerSegment, targetsPerBatch, forward };
        const always = heldBytes(architecture, model, runs, extremes);
        // After the last segment samples wait beside a block of the head that is worth loading.
        const free = room - Math.max(always, segments === 1 ? 0 : leastHead(architecture, model, forward));
        for (const group of groupsFor(model, free, runs, samples.length, extremes, scratchBytes)) {
          const cut = { ...runs, ...group, memoryBytes: always + group.keptBytes };
          const memory = memoryCost(architecture, cut, samples.length, extremes.targets);
          yield { ...cut, cost: ownRows + sharedCost(cut, extremes.targets) + memory };
        }
      }
    }
  }
}

/** Groups of whole batches that there is room for: in memory alone, and with a scratch file. */
function groupsFor(
  model: MemoryModel,
  room: number,
  { segments, forward }: RunCut,
  samples: number,
  extremes: Extremes,
  scratchBytes: number,
): readonly GroupCut[] {
  if (segments === 1) {
    // A model held whole is loaded once, however the samples are grouped: one batch at a time.
    const bytes = extremes.targets > 0 ? keptOfOne(model, 1, extremes) : 2 * model.stream(forward.packedRows);
    return bytes > room ? [] : [{ samplesPerGroup: forward.samples, groupBytes: bytes, keptBytes: bytes }];
  }
  const each = keptOfOne(model, segments, extremes);
  const fitting = Math.floor(room / each);
  if (fitting < 1) return [];
  const most = Math.max(1, samples);
  const sizes = [Math.min(most, fitting), Math.min(most, fitting + Math.floor(scratchBytes / each))];
  return [...new Set(sizes)]
    .filter((size) => size >= forward.samples)
    .map((size) => ({
      samplesPerGroup: size,
      groupBytes: size * each,
      keptBytes: Math.min(size, fitting) * each,
    }));
}

function smallestCut(
  architecture: Architecture,
  model: MemoryModel,
  samples: readonly SampleWork[],
  extremes: Extremes,
): Cut {
  const segments = architecture.layers;
  const bytes = keptOfOne(model, segments, extremes);
  const forward = oneByOne(architecture, model, samples);
  const { held, costs } = model;
  const runs = { held, costs, segments, layersPerSegment: 1, targetsPerBatch: 1, forward };
  const cut = {
    ...runs,
    ...{ samplesPerGroup: 1, groupBytes: bytes, keptBytes: bytes },
    memoryBytes: heldBytes(architecture, model, runs, extremes) + bytes,
  };
  return { ...cut, cost: ownCost(samples, cut) + sharedCost(cut, extremes.targets) };
}

/** What is held whatever samples wait: weights, and activations of the largest run. */
function heldBytes(
  { vocabSize }: Architecture,
  model: MemoryModel,
  { segments, layersPerSegment, targetsPerBatch, forward }: RunCut,
  { rows, targets, packedRows }: Extremes,
): number {
  // With the whole model its head stays loaded, from the measurement on.
  const head = segments === 1 ? model.head(vocabSize, Math.min(forward.headRows, model.costs.mostHeadRows)) : 0;
  const weights = model.weights(layersPerSegment) + head;
  if (targets === 0) return weights + forward.bytes;
  // Beside the run, the sample before is being ranked.
  const attribution = model.attribution(layersPerSegment, rows, packedRows(targetsPerBatch));
  const ranking = segments === 1 ? model.ranking() : 0;
  return weights + model.scores(targets) + ranking + Math.max(forward.bytes, attribution);
}

function leastHead({ vocabSize }: Architecture, model: MemoryModel, { headRows }: ForwardCut): number {
  return headRows === 0 ? 0 : model.head(Math.min(vocabSize, 4 * leastHeadBlock), 1);
}

/** What is held of one sample while its group is worked on. */
function keptOfOne(model: MemoryModel, segments: number, { rows, targets }: Extremes) {
  // A run's input and output stand beside each other.
  if (targets === 0) return 2 * model.stream(rows);
  // The stream into each segment, each target's gradient, and its scores.
  return (segments + targets) * model.stream(rows) + model.scores(targets) + model.scoreSums();
}
