import { samplePlace } from '../../calibration/sample.ts';
import { RunError } from '../../errors.ts';
import type { SampleAttribution } from '../../method/attribution.ts';
import {
  type ContributionSizes,
  type Contributions,
  keptNeuronCount,
  noContributions,
  setContribution,
  termCount,
} from '../../method/contributions.ts';
import { NeuronStatistics } from '../../method/neuronStatistics.ts';
import type { AttributionState } from '../resume/resumeStore.ts';
import type { RunTargets, SampleTargets } from './runTargets.ts';

/* Adds up what the engine found of every sample, in the file's order, and checks that it is the sample that is due. */

/** What is summed up, and of what. */
export interface SummedRun {
  /** Folder of the SFT checkpoint, for messages. */
  readonly folder: string;
  readonly targets: RunTargets;
  readonly neurons: number;
  readonly layers: number;
  /** Neurons a target selects at the run's rho. */
  readonly budget: number;
  readonly rankLimit: number;
}

/** What is kept of the single targets. */
export function sizesOf({ targets, layers, rankLimit }: SummedRun): ContributionSizes {
  return { targets: targets.total, terms: termCount(layers), kept: keptNeuronCount(rankLimit) };
}

/** What is attributed: samples with targets. A held-out one is not even run. */
export function attributed({ samples }: RunTargets): readonly SampleTargets[] {
  return samples.filter(({ targets }) => targets.length > 0);
}

/** The sums over samples, of those with targets, from the first on. */
export class AttributionSums {
  readonly #run: SummedRun;
  readonly #expected: readonly SampleTargets[];
  readonly #statistics: NeuronStatistics;
  readonly #logit: Float64Array;
  readonly #reconstructedLogit: Float64Array;
  readonly #contributions: Contributions;
  #samples: number;

  /** @param restored to go on from */
  constructor(run: SummedRun, restored?: AttributionState) {
    const { neurons, budget, targets } = run;
    this.#run = run;
    this.#expected = attributed(targets);
    this.#statistics = new NeuronStatistics(neurons, budget);
    if (restored !== undefined) this.#statistics.restore(restored.totals);
    this.#logit = restored?.logit ?? new Float64Array(targets.total);
    this.#reconstructedLogit = restored?.reconstructedLogit ?? new Float64Array(targets.total);
    this.#contributions = restored?.contributions ?? noContributions(sizesOf(run));
    this.#samples = restored?.samples ?? 0;
  }

  /** Samples added so far. */
  get samples(): number {
    return this.#samples;
  }

  /** @throws RunError when it is another sample than the next, or holds values that are not finite */
  add(result: SampleAttribution): void {
    const expected = this.#expected[this.#samples];
    checkAttribution(result, expected, this.#run.folder);
    const sizes = sizesOf(this.#run);
    result.targets.forEach((target, i) => {
      this.#logit[expected.firstTarget + i] = target.logit;
      this.#reconstructedLogit[expected.firstTarget + i] = target.reconstructedLogit;
      setContribution(this.#contributions, sizes, expected.firstTarget + i, target);
    });
    this.#statistics.add(result);
    this.#samples++;
  }

  /** A copy that later additions leave alone. */
  state(): AttributionState {
    return {
      samples: this.#samples,
      logit: this.#logit.slice(),
      reconstructedLogit: this.#reconstructedLogit.slice(),
      totals: this.#statistics.snapshot(),
      contributions: {
        terms: this.#contributions.terms.slice(),
        topNeurons: this.#contributions.topNeurons.slice(),
        topScores: this.#contributions.topScores.slice(),
      },
    };
  }
}

/**
 * Checks what the engine found in one sample.
 *
 * @param folder of the SFT checkpoint, for messages
 * @throws RunError when it is another sample than expected, or holds values that are not finite
 */
export function checkAttribution(
  result: SampleAttribution,
  expected: SampleTargets | undefined,
  folder: string,
): asserts expected is SampleTargets {
  if (
    expected === undefined ||
    result.index !== expected.sample.index ||
    result.targets.length !== expected.targets.length
  ) {
    throw new RunError(`The engine returned sample ${result.index} out of order.`);
  }
  const { sample } = expected;
  if (!result.targets.every((each) => Number.isFinite(each.logit) && Number.isFinite(each.reconstructedLogit))) {
    throw new RunError(`"${folder}" gives a logit that is not a number on ${samplePlace(sample)} of the calibration.`);
  }
  if (!result.scoreSum.every(Number.isFinite)) {
    throw new RunError(`"${folder}" gives scores that are not numbers on ${samplePlace(sample)} of the calibration.`);
  }
}
