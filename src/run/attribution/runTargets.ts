import type { CalibrationSample } from '../../calibration/sample.ts';
import type { Target } from '../../method/attribution.ts';
import { responseRows } from '../../method/responseRows.ts';
import { selectTargets } from '../../method/targets.ts';
import type { SampleMeasures } from '../../protocol/engine.ts';

/* Selects the target tokens of every sample but those held out. */

/** Targets of one sample, ascending by row. */
export interface SampleTargets {
  readonly sample: CalibrationSample;
  /** It chooses no target. */
  readonly heldOut: boolean;
  /** None where it is held out, else at least one. */
  readonly targets: readonly Target[];
  /** Index of the first among all targets of the run. */
  readonly firstTarget: number;
}

/** Targets of all samples. */
export interface RunTargets {
  readonly samples: readonly SampleTargets[];
  readonly total: number;
}

/**
 * The target tokens of every sample: the `topN` response rows with the largest entropy gap (section "Target tokens"
 * of the method). Those held out have none.
 *
 * @param heldOut their indices
 */
export function targetsOf(
  samples: readonly CalibrationSample[],
  base: readonly SampleMeasures[],
  sft: readonly SampleMeasures[],
  topN: number,
  heldOut: ReadonlySet<number> = new Set(),
): RunTargets {
  let total = 0;
  const result = samples.map((sample, index): SampleTargets => {
    const firstTarget = total;
    if (heldOut.has(sample.index)) return { sample, heldOut: true, targets: [], firstTarget };
    const rows = responseRows(sample.responses);
    const offsets = selectTargets(base[index]!.entropy, sft[index]!.entropy, topN);
    const targets = Array.from(offsets, (offset) => ({ row: rows[offset]!, gold: sample.ids[rows[offset]! + 1]! }));
    total += targets.length;
    return { sample, heldOut: false, targets, firstTarget };
  });
  return { samples: result, total };
}
