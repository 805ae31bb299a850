import type { CountedCall } from './faults.cjs';

/**
 * Numbers of the calls at which something differs from the call before or after: of the many writes into one file the
 * first and the last.
 */
export function callsWorthTrying(calls: readonly CountedCall[]): number[] {
  const same = (one: CountedCall | undefined, other: CountedCall) =>
    one?.operation === other.operation && one.path === other.path;
  return calls.flatMap((call, i) => (same(calls[i - 1], call) && same(calls[i + 1], call) ? [] : [i + 1]));
}
