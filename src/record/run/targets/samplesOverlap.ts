import { neuronLayout } from '../../../method/neuronLayout.ts';
import { setOverlap } from '../../../method/resetOverlap.ts';
import { resetBudget } from '../../../method/resetSet.ts';
import { overlapOfSets, type SetsOverlap, sampleSets } from '../../../method/sampleOverlap.ts';
import { intArray, type RecordArrays } from '../../arrays/arrays.ts';
import type { RunRecord } from '../runRecord.ts';

/* How far the samples of a run select the same neurons, from the best neurons that a record keeps of every target. */

/** Samples compared two by two at most: a thousand are half a million pairs. */
const mostComparedSamples = 1024;
/** Neurons listed by the number of samples that select them. */
const listedNeurons = 50;

/** What the sets of a record's samples have in common. */
export interface SamplesOverlap extends SetsOverlap {
  /** Neurons that a target selects. */
  readonly budget: number;
  /** Positions of the samples compared, ascending: those with targets, or evenly drawn ones where there are too many. */
  readonly samples: Int32Array;
  /** Samples that have targets. */
  readonly withTargets: number;
}

type Recorded = Pick<RunRecord, 'samples' | 'neurons' | 'architecture'>;

/** The budget of the run's rho, or as many neurons as the record keeps of a target where those are less; 0: it keeps none. */
export function exactBudget({ neurons, settings }: Pick<RunRecord, 'neurons' | 'settings'>): number {
  return Math.min(resetBudget(settings.rho, neurons.total), neurons.kept);
}

/**
 * Compares the samples' sets for a budget.
 *
 * @param budget exact up to `neurons.kept`
 * @param most samples compared
 * @throws RangeError for a budget of which the record does not know every neuron
 */
export function samplesOverlap(
  { samples, neurons, architecture }: Recorded,
  arrays: RecordArrays,
  budget: number,
  most = mostComparedSamples,
): SamplesOverlap {
  const { kept } = neurons;
  if (budget < 1 || budget > kept) {
    throw new RangeError(`The record keeps the best ${kept} neurons of a target, not ${budget}.`);
  }
  const all = samples.flatMap(({ targets }, position) => (targets > 0 ? [position] : []));
  const step = Math.max(all.length / most, 1);
  const drawn = Int32Array.from({ length: Math.min(all.length, most) }, (_, i) => all[Math.floor(i * step)]!);
  const targets = Array.from(drawn, (position) => samples[position]!);
  const sets = sampleSets(intArray(arrays, 'targets.top_neurons'), kept, budget, targets);
  return {
    ...overlapOfSets(sets, neuronLayout(architecture), listedNeurons),
    ...{ budget, samples: drawn, withTargets: all.length },
  };
}

/** Means over every two samples. */
export interface MeanOverlap {
  readonly pairs: number;
  readonly jaccard: number;
  /** The same of random sets of these sizes, spread over all neurons. */
  readonly chance: number;
  /** The same of random sets with as many neurons in each module. */
  readonly chanceWithin: number;
}

/** Means over every two samples of which one at least selects a neuron; undefined where there are none. */
export function meanOverlap(
  { sizes, common, within }: Pick<SetsOverlap, 'sizes' | 'common' | 'within'>,
  neurons: number,
): MeanOverlap | undefined {
  const n = sizes.length;
  let [pairs, jaccard, chance, chanceWithin] = [0, 0, 0, 0];
  for (let a = 0; a < n; a++) {
    for (let b = 0; b < a; b++) {
      const between = [sizes[a]!, sizes[b]!] as const;
      const own = setOverlap(neurons, between, common[a * n + b]!);
      if (own.jaccard === undefined) continue;
      pairs++;
      jaccard += own.jaccard;
      chance += own.chance!;
      chanceWithin += setOverlap(neurons, between, within[a * n + b]!).jaccard!;
    }
  }
  if (pairs === 0) return undefined;
  return { pairs, jaccard: jaccard / pairs, chance: chance / pairs, chanceWithin: chanceWithin / pairs };
}

/** The mean overlap of a record's samples at its {@link exactBudget}, and how many samples it is of. */
export interface OverlapSummary extends MeanOverlap {
  readonly budget: number;
  readonly samples: number;
}

/** Undefined where the record keeps no neurons of single targets, or fewer than two samples have any. */
export function overlapSummary(
  record: Recorded & Pick<RunRecord, 'settings'>,
  arrays: RecordArrays,
): OverlapSummary | undefined {
  const budget = exactBudget(record);
  if (budget === 0) return undefined;
  const overlap = samplesOverlap(record, arrays, budget);
  const mean = meanOverlap(overlap, record.neurons.total);
  return mean && { budget, samples: overlap.samples.length, ...mean };
}
