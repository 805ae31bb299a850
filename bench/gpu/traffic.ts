import { type Architecture, projectionShape } from '../../src/checkpoint/architecture/architecture.ts';
import { heldWeights, weightMemory } from '../../src/engine/plan/heldWeights.ts';
import { layerWeights } from '../../src/engine/plan/layerWeights.ts';
import type { EnginePlan } from '../../src/protocol/engine.ts';
import type { Device } from '../../src/settings/devices.ts';

/** A run as far as its weights' way is concerned. */
export interface RunWork {
  readonly architecture: Architecture;
  readonly device: Device;
  /** Target tokens of each sample. */
  readonly targets: readonly number[];
  /** Null where every sample was taken over from a stopped run. */
  readonly plans: {
    readonly base: EnginePlan | null;
    readonly sft: EnginePlan | null;
    readonly attribution: EnginePlan | null;
  };
}

/** Bytes that a run's requests at least move in the device's memory. */
export interface Traffic {
  readonly base: number;
  readonly sft: number;
  readonly attribution: number;
}

/** Backward ends at the outputs of the first layer's q, k and v, whose weights nothing passes. */
function unusedBackward(architecture: Architecture): number {
  return (['q_proj', 'k_proj', 'v_proj'] as const).reduce((sum, projection) => {
    const [rows, columns] = projectionShape(architecture, 0, projection);
    return sum + rows * columns;
  }, 0);
}

/** Forward runs that so many samples need at least. */
function forwardRuns({ forwardRows, samplesPerGroup }: EnginePlan, samples: number): number {
  return forwardRows === 0 ? samples : Math.ceil(samples / samplesPerGroup);
}

/**
 * Bytes of weights that the plans of a run move at least, in the form the device holds them (4 bytes a parameter as
 * float32, 2 as stored in bf16):
 *
 * - every load of a segment or of the head writes its weights once (`weightPasses` of the plan); a model that stays held whole
 *   from the SFT measurement is not loaded again for attribution;
 * - every forward run through a segment reads its weights once; where samples share runs, as many do as are worked on at a time;
 * - every batch of targets reads them twice, forward and backward, but for q, k and v of the first layer;
 * - measuring the samples of a run reads the head once.
 *
 * Not counted, so that a share of the bandwidth is a lower bound: activations, logits and scores; the rows of weights that
 * stored ones are widened to; a product that reads a matrix more than once; batches beyond the fewest the plan allows; the
 * second reading of o_proj and down_proj for their exact scores; what is read from disk or crosses the bus.
 */
export function traffic({ architecture, device, targets, plans }: RunWork): Traffic {
  const bytesOf = ({ weights }: EnginePlan) =>
    weightMemory(heldWeights(device, weights) ?? 'float32', 'BF16').parameterBytes;
  const layers = architecture.layers * layerWeights(architecture);
  const head = architecture.hiddenSize * architecture.vocabSize;
  const backwardSaves = unusedBackward(architecture);
  const measured = (plan: EnginePlan | null) =>
    plan === null
      ? 0
      : bytesOf(plan) * (plan.estimate.weightPasses + forwardRuns(plan, targets.length)) * (layers + head);

  const attributed = (plan: EnginePlan | null) => {
    if (plan === null) return 0;
    const stays = plan.segments === 1 && plans.sft?.segments === 1 && plans.sft.weights === plan.weights;
    const active = targets.filter((count) => count > 0).length;
    const forward = (1 - 1 / plan.segments) * forwardRuns(plan, active) * layers;
    let sum = forward + (stays ? 0 : plan.estimate.weightPasses * layers);
    for (const count of targets) {
      if (count === 0) continue;
      const batches = Math.ceil(count / plan.targetsPerBatch);
      sum += batches * (2 * layers - backwardSaves);
    }
    return bytesOf(plan) * sum;
  };

  return { base: measured(plans.base), sft: measured(plans.sft), attribution: attributed(plans.attribution) };
}
