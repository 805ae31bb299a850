import { csv } from '../../figures/csv.ts';
import { tokenJson } from '../../figures/tokens/tokenText.ts';
import type { Entry } from './entries.ts';

/** Words or tokens as the cloud and the table export them. */
export function entriesCsv(entries: readonly Entry[]): string {
  const words = entries.some(({ id }) => id === undefined);
  return csv(
    words
      ? ['word_json', 'token_ids', 'times_a_target', 'mean_entropy_gap_nats']
      : ['id', 'token_json', 'times_a_target', 'mean_entropy_gap_nats'],
    entries.map(({ id, text, ids, count, meanGap }) =>
      words ? [tokenJson(text), ids.join(' '), count, meanGap] : [id, tokenJson(text), count, meanGap],
    ),
  );
}
