import { csv } from '../../figures/csv.ts';
import { count, decimal, signed } from '../../page/format.ts';
import type { State } from '../state/state.ts';
import type { OverlapData, Pair } from './overlapData.ts';

/* What the overlap tab says of samples in words and in files. */

export const measureNames: Readonly<Record<State['overlapMeasure'], string>> = {
  jaccard: 'Jaccard index',
  excess: 'Jaccard index above chance',
};

export function overlapText(measure: State['overlapMeasure'], value: number, digits = 3): string {
  return measure === 'excess' ? signed(value, digits) : decimal(value, digits);
}

/** As the page calls it: samples are counted from 1. @param place among the samples compared */
export function sampleNumber({ overlap }: OverlapData, place: number): number {
  return overlap.samples[place]! + 1;
}

/** What two samples have in common, as names and values. */
export function pairFacts({ overlap }: OverlapData, pair: Pair): (readonly [string, string])[] {
  const index = (value: number | undefined) => (value === undefined ? '–' : decimal(value));
  return [
    ['Jaccard index', index(pair.jaccard)],
    ['by chance within modules', index(pair.chanceWithin)],
    ['by chance', index(pair.chance)],
    ['neurons', `${count(overlap.sizes[pair.a]!)} and ${count(overlap.sizes[pair.b]!)}`],
    ['in both', count(pair.common)],
  ];
}

/** What the matrix is of, how far it is from chance, and what of the samples it shows. */
export function captionOf(
  { mean, overlap, count: compared }: OverlapData,
  measure: State['overlapMeasure'],
  step: number,
): string {
  const sentences = [
    `Neurons that two samples both select over those that either selects, if each target selects ${count(overlap.budget)}${
      measure === 'excess' ? ', less what chance would give within modules' : ''
    }.`,
  ];
  if (mean !== undefined) {
    sentences.push(
      `Mean ${decimal(mean.jaccard)} over ${count(mean.pairs)} pairs; random sets with as many neurons in each module would have ${decimal(mean.chanceWithin)}, spread over all neurons ${decimal(mean.chance)}.`,
    );
  }
  if (step > 1) sentences.push(`A cell is the mean over ${step} × ${step} samples.`);
  if (compared < overlap.withTargets) {
    sentences.push(`Shown are ${count(compared)} of ${count(overlap.withTargets)} samples, evenly drawn.`);
  }
  return sentences.join(' ');
}

/** Every two samples, a row each. Samples are counted from 1. */
export function pairsCsv(data: OverlapData | undefined): string {
  const head = [
    'sample_a',
    'sample_b',
    'budget',
    'neurons_a',
    'neurons_b',
    'common',
    'jaccard',
    'chance',
    'chance_within',
  ];
  function* rows(of: OverlapData) {
    const { sizes, budget } = of.overlap;
    for (let a = 0; a < of.count; a++) {
      for (let b = a + 1; b < of.count; b++) {
        const { common, jaccard, chance, chanceWithin } = of.pair(a, b);
        const samples = [sampleNumber(of, a), sampleNumber(of, b)];
        yield [...samples, budget, sizes[a]!, sizes[b]!, common, jaccard, chance, chanceWithin];
      }
    }
  }
  return csv(head, data === undefined ? [] : rows(data));
}
