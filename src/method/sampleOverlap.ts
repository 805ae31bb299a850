import type { NeuronLayout } from './neuronLayout.ts';

/* Which neurons each sample of a run selects by itself, and how far two samples select the same ones. */

/** The targets of one sample, a range of all targets. */
export interface SampleTargets {
  readonly firstTarget: number;
  readonly targets: number;
}

/**
 * What each sample alone would have reset: the union over its targets of each target's best neurons (eq. 4).
 *
 * @param topNeurons `[targets, kept]`, flat indices, best first; -1 where fewer have a positive score
 * @param budget neurons that a target may select, at most `kept`
 * @returns each sample's neurons, ascending
 */
export function sampleSets(
  topNeurons: Int32Array,
  kept: number,
  budget: number,
  samples: readonly SampleTargets[],
): Int32Array[] {
  return samples.map(({ firstTarget, targets }) => {
    const chosen = new Int32Array(targets * budget);
    let count = 0;
    for (let target = firstTarget; target < firstTarget + targets; target++) {
      for (const neuron of topNeurons.subarray(target * kept, target * kept + budget)) {
        if (neuron >= 0) chosen[count++] = neuron;
      }
    }
    const sorted = chosen.subarray(0, count).sort();
    let different = 0;
    for (const neuron of sorted) {
      if (different === 0 || sorted[different - 1] !== neuron) sorted[different++] = neuron;
    }
    return sorted.slice(0, different);
  });
}

/** How many samples select a neuron. */
export interface NeuronSamples {
  readonly neuron: number;
  readonly samples: number;
}

/** What the sets of S samples have in common. */
export interface SetsOverlap {
  /** Neurons in each sample's set, `[S]`. */
  readonly sizes: Int32Array;
  /** Neurons in both sets, `[S, S]`; in the diagonal the set's size. */
  readonly common: Int32Array;
  /** Neurons expected in both if each set were drawn at random with as many neurons in each module, `[S, S]`. */
  readonly within: Float32Array;
  /** Neurons by the number of samples that select them, most first, then in flat order. */
  readonly widest: readonly NeuronSamples[];
}

/**
 * Counts common neurons of every two sets: the work goes with the neurons in common, not with the sets' sizes.
 *
 * @param sets each ascending, flat indices below `layout.total`
 * @param most neurons that `widest` lists
 */
export function overlapOfSets(sets: readonly Int32Array[], layout: NeuronLayout, most: number): SetsOverlap {
  const samples = sets.length;
  const counts = new Int32Array(layout.total);
  for (const set of sets) for (const neuron of set) counts[neuron]!++;
  const ends = new Int32Array(layout.total);
  let total = 0;
  for (let neuron = 0; neuron < layout.total; neuron++) {
    ends[neuron] = total;
    total += counts[neuron]!;
  }
  // Samples of each neuron, ascending; a set only meets those that came before it.
  const holders = new Int32Array(total);
  const starts = ends.slice();
  const common = new Int32Array(samples * samples);
  sets.forEach((set, sample) => {
    const row = common.subarray(sample * samples, (sample + 1) * samples);
    for (const neuron of set) {
      const end = ends[neuron]!;
      for (let at = starts[neuron]!; at < end; at++) row[holders[at]!]!++;
      holders[end] = sample;
      ends[neuron] = end + 1;
    }
    row[sample] = set.length;
    for (let other = 0; other < sample; other++) common[other * samples + sample] = row[other]!;
  });
  return {
    sizes: Int32Array.from(sets, (set) => set.length),
    common,
    within: expectedWithin(sets, layout),
    widest: widestOf(counts, most),
  };
}

function expectedWithin(sets: readonly Int32Array[], { modules }: NeuronLayout): Float32Array {
  const samples = sets.length;
  const width = modules.length;
  const inModule = new Float64Array(samples * width);
  sets.forEach((set, sample) => {
    let module = 0;
    for (const neuron of set) {
      while (neuron >= modules[module]!.offset + modules[module]!.width) module++;
      inModule[sample * width + module]!++;
    }
  });
  const shares = inModule.map((count, at) => count / modules[at % width]!.width);
  const within = new Float32Array(samples * samples);
  for (let a = 0; a < samples; a++) {
    for (let b = 0; b <= a; b++) {
      let expected = 0;
      for (let module = 0; module < width; module++) {
        expected += inModule[a * width + module]! * shares[b * width + module]!;
      }
      within[a * samples + b] = expected;
      within[b * samples + a] = expected;
    }
  }
  return within;
}

function widestOf(counts: Int32Array, most: number): NeuronSamples[] {
  const found: NeuronSamples[] = [];
  for (let neuron = 0; neuron < counts.length; neuron++) {
    const samples = counts[neuron]!;
    if (samples === 0 || (found.length === most && samples <= found.at(-1)!.samples)) continue;
    const place = found.findIndex((other) => other.samples < samples);
    found.splice(place < 0 ? found.length : place, 0, { neuron, samples });
    if (found.length > most) found.pop();
  }
  return found;
}
