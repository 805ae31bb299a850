import type { TokenCount } from '../src/run/selectedTokens.ts';
import { csv } from './csv.ts';
import { tokenJson } from './tokenText.ts';

/** The selected tokens as the cloud and the table export them. */
export function tokensCsv(tokens: readonly TokenCount[]): string {
  return csv(
    ['id', 'token_json', 'times_a_target', 'mean_entropy_gap_nats'],
    tokens.map(({ id, text, count, meanGap }) => [id, tokenJson(text), count, meanGap]),
  );
}
