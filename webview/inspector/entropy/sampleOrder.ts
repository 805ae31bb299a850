import { mean } from 'd3';
import type { TokenTable } from '../../../src/protocol/inspector.ts';
import type { RecordSample } from '../../../src/record/run/runRecord.ts';
import type { State } from '../state/state.ts';
import { targetFilter } from '../state/targetFilter.ts';

/* Which samples the list shows, and in which order. Pure, so that it is tested without a browser. */

/** Mean entropy gap at each sample's targets, nats; undefined for a sample without targets. */
export function sampleGaps(
  samples: readonly RecordSample[],
  { targetGap }: Pick<TokenTable, 'targetGap'>,
): readonly (number | undefined)[] {
  return samples.map(({ firstTarget, targets }) => mean(targetGap.subarray(firstTarget, firstTarget + targets)));
}

/**
 * Positions of the samples to show.
 *
 * @param tokens undefined while they are on the way: then nothing is filtered or sorted by them
 * @param found positions of the samples that the search found; undefined: nothing is searched for
 */
export function shownSamples(
  samples: readonly RecordSample[],
  state: Pick<State, 'filterToken' | 'filterWord' | 'sampleSort'>,
  tokens: TokenTable | undefined,
  found: readonly number[] | undefined,
): number[] {
  const matches = tokens && targetFilter(state, tokens);
  const among = found && new Set(found);
  const shown = samples.flatMap(({ firstTarget, targets }, index) => {
    if (among?.has(index) === false) return [];
    if (matches === undefined) return [index];
    for (let target = firstTarget; target < firstTarget + targets; target++) if (matches(target)) return [index];
    return [];
  });
  if (state.sampleSort !== 'gap' || tokens === undefined) return shown;
  const gaps = sampleGaps(samples, tokens);
  // Those without targets come last.
  return shown.sort((a, b) => (gaps[b] ?? -1) - (gaps[a] ?? -1) || a - b);
}
