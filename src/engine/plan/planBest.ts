import type { Architecture } from '../../checkpoint/architecture/architecture.ts';
import type { WeightMemory } from './heldWeights.ts';
import { type Plan, type PlanLimits, planWork } from './plan.ts';
import type { SampleWork } from './sampleWork.ts';

/**
 * Plans a request for each way to hold the weights, and takes the best plan. It is the first, where the whole model fits so:
 * it stays loaded for the requests that follow (not on CUDA, where a long request may be worth another way). Else what fits the budget before what does not, and then what costs least.
 * @param ways one at least; the other parameters are those of {@link planWork}
 */
export function planBest(
  architecture: Architecture,
  memoryBytes: number,
  samples: readonly SampleWork[],
  limits: PlanLimits | undefined,
  ways: readonly WeightMemory[],
  scratchBytes: number,
): Plan {
  const planned = (weights: WeightMemory) =>
    planWork(architecture, memoryBytes, samples, limits, weights, scratchBytes);
  const beyond = ({ estimate }: Plan) => Math.max(0, estimate.memoryBytes - memoryBytes);
  const first = planned(ways[0]!);
  const preferredWins = ways[0]!.costs?.preferredWins ?? true;
  if (preferredWins && first.segments === 1 && beyond(first) === 0) return first;
  return ways.slice(1).reduce((best, weights) => {
    const plan = planned(weights);
    const less = beyond(plan) - beyond(best);
    return less < 0 || (less === 0 && plan.cost < best.cost) ? plan : best;
  }, first);
}
