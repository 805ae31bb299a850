import type { TokenCount } from '../../../src/record/run/selectedTokens.ts';
import { csv } from '../../figures/csv.ts';
import { tokenJson } from '../../figures/tokenText.ts';

/** The selected tokens as the cloud and the table export them. */
export function tokensCsv(tokens: readonly TokenCount[]): string {
  return csv(
    ['id', 'token_json', 'times_a_target', 'mean_entropy_gap_nats'],
    tokens.map(({ id, text, count, meanGap }) => [id, tokenJson(text), count, meanGap]),
  );
}
