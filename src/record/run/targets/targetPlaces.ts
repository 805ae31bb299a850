import { intArray, type RecordArrays } from '../../arrays/arrays.ts';
import type { RunRecord } from '../runRecord.ts';

/* Where targets stand in their samples, and the texts around them. */

/** Where a target's gold token stands. */
export interface TargetPlace {
  readonly sample: number;
  /** Position in the sample. */
  readonly position: number;
}

/** The place of every target's gold token, `[targets]`: row `t` of the logits predicts token `t + 1`. */
export function targetPlaces({ samples }: Pick<RunRecord, 'samples'>, arrays: RecordArrays): TargetPlace[] {
  const rows = intArray(arrays, 'targets.row');
  return samples.flatMap(({ firstTarget, targets }, sample) =>
    Array.from({ length: targets }, (_, target) => ({ sample, position: rows[firstTarget + target]! + 1 })),
  );
}

/** Longest text of one token that is looked at; a vocabulary may hold any. */
const longestToken = 200;

/** Answers the display text of a token by its sample and position; '' outside the sample. Texts are untrusted. */
export function textsOf(record: RunRecord, arrays: RecordArrays): (sample: number, position: number) => string {
  const { ids, texts } = record.tokens;
  const textOf = new Map(ids.map((id, at) => [id, texts[at]!.slice(0, longestToken)]));
  const all = intArray(arrays, 'samples.ids');
  return (sample, position) => {
    const { firstId, tokens } = record.samples[sample]!;
    return position < 0 || position >= tokens ? '' : (textOf.get(all[firstId + position]!) ?? '');
  };
}
