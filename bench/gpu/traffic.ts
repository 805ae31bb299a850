import { type Architecture, projectionShape } from '../../src/checkpoint/architecture.ts';
import { heldWeights, weightMemory } from '../../src/engine/heldWeights.ts';
import { layerWeights } from '../../src/engine/memoryModel.ts';
import type { EnginePlan } from '../../src/protocol/engine.ts';
import type { RunRecord } from '../../src/run/record.ts';

/** Bytes that a run's requests must at least move in the device's memory. */
export interface Traffic {
  readonly base: number;
  readonly sft: number;
  readonly attribution: number;
}

/** Backward ends at the outputs of the first layer's q, k and v, whose weights nothing passes. */
function unusedBackward(architecture: Architecture): number {
  return (['q_proj', 'k_proj', 'v_proj'] as const).reduce((sum, projection) => {
    const [rows, columns] = projectionShape(architecture, projection);
    return sum + rows * columns;
  }, 0);
}

/**
 * Bytes of weights that the plans of a run move at least, in the form the device holds them (4 bytes a parameter as
 * float32, 2 as stored in bf16):
 *
 * - every load of a segment or of the head writes its weights once (`weightPasses` of the plan); a model that stays held whole
 *   from the SFT measurement is not loaded again for attribution;
 * - every forward of a sample through a segment reads its weights once;
 * - every batch of targets reads them twice, forward and backward, but for q, k and v of the first layer;
 * - measuring a sample reads the head once.
 *
 * Not counted, so that a share of the bandwidth is a lower bound: activations, logits and scores; the rows of weights that
 * stored ones are widened to; a product that reads a matrix more than once; batches beyond the fewest the plan allows; the
 * second reading of o_proj and down_proj for their exact scores; what is read from disk or crosses the bus.
 */
export function traffic(record: RunRecord): Traffic {
  const { architecture, engine, samples, settings } = record;
  const held = heldWeights(engine.device, settings.weights) ?? 'float32';
  const bytes = weightMemory(held, 'BF16').parameterBytes;
  const layers = architecture.layers * layerWeights(architecture) * bytes;
  const head = architecture.hiddenSize * architecture.vocabSize * bytes;
  const backwardSaves = unusedBackward(architecture) * bytes;
  const measured = (plan: EnginePlan | null) =>
    plan === null ? 0 : (plan.estimate.weightPasses + samples.length) * (layers + head);

  const attributed = (plan: EnginePlan | null) => {
    if (plan === null) return 0;
    const stays = plan.segments === 1 && engine.plans.sft?.segments === 1;
    let sum = stays ? 0 : plan.estimate.weightPasses * layers;
    for (const { targets } of samples) {
      if (targets === 0) continue;
      const batches = Math.ceil(targets / plan.targetsPerBatch);
      sum += (1 - 1 / plan.segments) * layers + batches * (2 * layers - backwardSaves);
    }
    return sum;
  };

  const { base, sft, attribution } = engine.plans;
  return { base: measured(base), sft: measured(sft), attribution: attributed(attribution) };
}
