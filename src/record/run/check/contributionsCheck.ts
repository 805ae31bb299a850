import { sumOf, termCount } from '../../../method/contributions.ts';
import type { NeuronLayout } from '../../../method/neuronLayout.ts';
import { doubleArray, floatArray, intArray, type RecordArrays } from '../../arrays/arrays.ts';
import { demand } from '../../recordFault.ts';
import { neuronArrayName, recordTotals } from '../recordArrays.ts';
import type { RunRecord } from '../runRecord.ts';

/* Checks what a run record keeps of single targets: the terms of each logit, and the neurons that push it most. */

/** Each target's neurons are in order, none twice; those missing come last. @returns the best place of each, -1 nowhere */
function demandOrder(kept: number, neurons: number, top: Int32Array, scores: Float32Array): Int32Array {
  const best = new Int32Array(neurons).fill(-1);
  for (let target = 0; target * kept < top.length; target++) {
    const seen = new Set<number>();
    let last = Number.POSITIVE_INFINITY;
    for (let place = 0; place < kept; place++) {
      const at = target * kept + place;
      const [neuron, score] = [top[at]!, scores[at]!];
      const fits =
        neuron === -1
          ? score === 0
          : neuron >= 0 && neuron < neurons && score > 0 && score <= last && !seen.has(neuron);
      demand(fits, `targets.top_neurons holds ${neuron} with score ${score} at place ${place} of target ${target}`);
      last = score;
      if (neuron === -1) continue;
      seen.add(neuron);
      if (best[neuron] === -1 || place < best[neuron]!) best[neuron] = place;
    }
  }
  return best;
}

/**
 * Terms add up to the rebuilt logits, and a neuron's best rank is its best place wherever it has one among those kept.
 *
 * @throws RecordFault naming the target or the neuron
 */
export function demandContributions(record: RunRecord, layout: NeuronLayout, arrays: RecordArrays): void {
  const { kept } = record.neurons;
  if (kept === 0) return;
  const terms = floatArray(arrays, 'targets.terms');
  const rebuilt = doubleArray(arrays, 'targets.reconstructed_logit');
  const width = termCount(record.architecture.layers);
  for (let target = 0; target < recordTotals(record).targets; target++) {
    const own = terms.subarray(target * width, (target + 1) * width);
    const size = own.reduce((sum, term) => sum + Math.abs(term), 1);
    const sum = sumOf(own);
    demand(
      Math.abs(sum - rebuilt[target]!) <= 1e-9 * size,
      `targets.terms of target ${target} add up to ${sum}, but its rebuilt logit is ${rebuilt[target]}`,
    );
  }
  const best = demandOrder(
    kept,
    layout.total,
    intArray(arrays, 'targets.top_neurons'),
    floatArray(arrays, 'targets.top_scores'),
  );
  for (const { layer, projection, offset, width: neurons } of layout.modules) {
    const name = neuronArrayName(layer, projection, 'best_rank');
    const ranks = intArray(arrays, name);
    for (let neuron = 0; neuron < neurons; neuron++) {
      const [rank, place] = [ranks[neuron]!, best[offset + neuron]!];
      demand(
        place === -1 ? rank === -1 || rank >= kept : rank === place,
        `array "${name}" holds ${rank} at ${neuron}, but its best place at a target is ${place}`,
      );
    }
  }
}
