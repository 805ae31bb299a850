import type { RecordArrays } from '../../arrays/arrays.ts';
import type { RunRecord } from '../runRecord.ts';
import { targetGaps } from './targetGaps.ts';
import { targetPlaces, textsOf } from './targetPlaces.ts';

/* The texts around targets, as a concordance shows them. */

/** A target with what stands before and after it. Texts are untrusted. */
export interface TargetContext {
  readonly target: number;
  readonly sample: number;
  /** Position of the gold token in the sample. */
  readonly position: number;
  readonly before: string;
  readonly text: string;
  readonly after: string;
  /** `|H_sft - H_base|`, nats. */
  readonly gap: number;
}

/** Tokens, and characters, of a context on either side. */
const most = { tokens: 16, characters: 80 } as const;

/** The contexts of some targets, in their order; what is no target of the record is left out. */
export function targetContexts(record: RunRecord, arrays: RecordArrays, targets: readonly number[]): TargetContext[] {
  const places = targetPlaces(record, arrays);
  const gaps = targetGaps(record, arrays);
  const textAt = textsOf(record, arrays);
  return targets.flatMap((target) => {
    const place = places[target];
    if (place === undefined) return [];
    const { sample, position } = place;
    let [before, after] = ['', ''];
    for (let step = 1; step <= most.tokens; step++) {
      before = textAt(sample, position - step) + before;
      after += textAt(sample, position + step);
    }
    return {
      ...{ target, sample, position, text: textAt(sample, position), gap: gaps[target]! },
      before: [...before].slice(-most.characters).join(''),
      after: [...after].slice(0, most.characters).join(''),
    };
  });
}
