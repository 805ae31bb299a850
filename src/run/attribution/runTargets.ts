import type { CalibrationSample } from '../../calibration/sample.ts';
import type { Target } from '../../method/attribution.ts';
import { responseRows } from '../../method/responseRows.ts';
import { selectTargets } from '../../method/targets.ts';
import type { SampleMeasures } from '../../protocol/engine.ts';

/* Selects the target tokens of every sample. */

/** Targets of one sample, ascending by row. */
export interface SampleTargets {
  readonly sample: CalibrationSample;
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
 * of the method).
 */
export function targetsOf(
  samples: readonly CalibrationSample[],
  base: readonly SampleMeasures[],
  sft: readonly SampleMeasures[],
  topN: number,
): RunTargets {
  let total = 0;
  const result = samples.map((sample, index): SampleTargets => {
    const rows = responseRows(sample.responses);
    const offsets = selectTargets(base[index]!.entropy, sft[index]!.entropy, topN);
    const targets = Array.from(offsets, (offset) => ({ row: rows[offset]!, gold: sample.ids[rows[offset]! + 1]! }));
    const firstTarget = total;
    total += targets.length;
    return { sample, targets, firstTarget };
  });
  return { samples: result, total };
}
