import type { Architecture } from '../../checkpoint/architecture/architecture.ts';
import { dtypeBytes } from '../../checkpoint/safetensors/dtype.ts';
import { deviceCosts } from '../../engine/plan/deviceCosts.ts';
import { waysToHold, weightMemory } from '../../engine/plan/heldWeights.ts';
import { layerWeights } from '../../engine/plan/layerWeights.ts';
import type { Plan } from '../../engine/plan/plan.ts';
import { planBest } from '../../engine/plan/planBest.ts';
import { workFlops } from '../../engine/plan/planCosts.ts';
import { batchesOf, groupCount } from '../../engine/plan/sampleBatches.ts';
import type { SampleWork } from '../../engine/plan/sampleWork.ts';
import { type Responses, responseRowCount, responseRows } from '../../method/responseRows.ts';
import type { Device } from '../../settings/devices.ts';
import type { Precision, ProductForm } from '../../settings/precision.ts';
import type { WeightStorage } from '../../settings/weightStorage.ts';
import type { ShardRange } from '../shards/shardPlace.ts';
import type { PlannedModel } from './plannedModel.ts';

/* What each phase of a run asks of the device, by the engine's own planner, before anything runs. */

/** What is computed on. */
export interface PlannedDevice {
  readonly device: Device;
  /** Of each process, bytes. */
  readonly memoryBytes: number;
  readonly weights: WeightStorage;
  readonly precision: Precision;
  /** Of each process, bytes. */
  readonly scratchBytes: number;
}

/** What a sample is to a plan. */
export interface PlannedSample {
  readonly tokens: number;
  readonly responses: Responses;
  readonly heldOut: boolean;
}

/** A phase's plan and the work that it is of. */
export interface PlannedPhase {
  readonly phase: 'base' | 'sft' | 'attribution';
  readonly architecture: Architecture;
  /** Of a pass over the layers' weights. */
  readonly layerBytes: number;
  readonly plan: Plan;
  readonly samples: readonly SampleWork[];
  /** Index of each among all samples of the run. */
  readonly indices: readonly number[];
}

export function productsOf(device: Device, precision: Precision): ProductForm {
  if (device !== 'cuda') return 'float32';
  return precision === 'exact' ? 'split' : precision;
}

/** Before anything is measured: as many targets as there will be, spread evenly over the response. */
export function likelyTargets(responses: Responses, topN: number): readonly number[] {
  const rows = responseRows(responses);
  const count = Math.min(topN, rows.length);
  return Array.from({ length: count }, (_, i) => rows[Math.floor(((i + 0.5) * rows.length) / count)]!);
}

function planOf({ architecture, dtype }: PlannedModel, samples: readonly SampleWork[], asked: PlannedDevice): Plan {
  const { device, memoryBytes, weights, precision, scratchBytes } = asked;
  const products = productsOf(device, precision);
  const costs = deviceCosts(device, architecture, products);
  const ways = waysToHold(device, weights).map((held) => ({
    ...weightMemory(held, dtype, products === 'split', costs),
    ranks: device === 'cuda',
  }));
  return planBest(architecture, memoryBytes, samples, undefined, ways, scratchBytes);
}

/** Plans the three phases of a run. @param topN targets of a sample */
export function plannedPhases(
  base: PlannedModel,
  sft: PlannedModel,
  samples: readonly PlannedSample[],
  topN: number,
  device: PlannedDevice,
): readonly PlannedPhase[] {
  const measured = samples.map(({ tokens, responses }): SampleWork => {
    return { rows: tokens, headRows: responseRowCount(responses), targets: [] };
  });
  const indices = samples.map((_, index) => index);
  const chosen = indices.filter((index) => !samples[index]!.heldOut && samples[index]!.responses.length > 0);
  const attributed = chosen.map((index): SampleWork => {
    const targets = likelyTargets(samples[index]!.responses, topN);
    return { rows: targets.at(-1)! + 1, headRows: 0, targets };
  });
  const phase = (
    name: PlannedPhase['phase'],
    model: PlannedModel,
    work: readonly SampleWork[],
    of: readonly number[],
  ) => {
    const { architecture, dtype } = model;
    return {
      ...{ phase: name, architecture, samples: work, indices: of },
      layerBytes: architecture.layers * layerWeights(architecture) * dtypeBytes[dtype],
      plan: planOf(model, work, device),
    };
  };
  return [
    phase('base', base, measured, indices),
    phase('sft', sft, measured, indices),
    phase('attribution', sft, attributed, chosen),
  ];
}

/** What one shard of a phase takes. */
export interface ShardWork {
  readonly samples: number;
  readonly weightPasses: number;
  readonly flops: number;
  /** Read of the layers' weights. */
  readonly bytes: number;
}

/** What a shard takes of a phase. @param range its samples, among all of the run */
export function shardWorkOf(
  { plan, samples, indices, architecture, layerBytes }: PlannedPhase,
  range: ShardRange,
): ShardWork {
  const positions = indices.flatMap((index, position) => (index >= range.from && index < range.to ? [position] : []));
  if (positions.length === 0) return { samples: 0, weightPasses: 0, flops: 0, bytes: 0 };
  const attributes = samples.some(({ targets }) => targets.length > 0);
  const batches = batchesOf(plan.batches, positions);
  const groups = groupCount(batches, plan.samplesPerGroup);
  const weightPasses = plan.segments === 1 ? 1 : groups * (attributes ? 2 - 1 / plan.segments : 1);
  // Batches that are cut by a shard's bounds are computed whole by both.
  const computed = attributes ? positions : batches.flatMap(({ from, to }) => positionsOf(from, to));
  const flops = workFlops(
    architecture,
    plan,
    computed.map((position) => samples[position]!),
  );
  return { samples: positions.length, weightPasses, flops, bytes: weightPasses * layerBytes };
}

function positionsOf(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
