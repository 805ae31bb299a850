import { setTimeout as sleep } from 'node:timers/promises';
import { Interrupted } from '../../../errors.ts';

/* When a request that failed is tried again. */

/** How often and after which waits. */
export interface Patience {
  /** Tries of one request, the first included. */
  readonly attempts: number;
  /** Tries of one request that got no whole reply in time: each takes the whole time. */
  readonly timeouts: number;
  /** Milliseconds before the second try; doubled before each further one. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** A server that wants to be left alone for longer is not waited for, milliseconds. */
  readonly longestRetryAfterMs: number;
  /** @throws Interrupted on abort */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export const usualPatience: Patience = {
  attempts: 6,
  timeouts: 2,
  firstWaitMs: 1000,
  longestWaitMs: 30_000,
  longestRetryAfterMs: 600_000,
  async wait(ms, signal) {
    try {
      await sleep(ms, undefined, { signal });
    } catch {
      throw new Interrupted('Stopped.');
    }
  },
};

/** The wait before a further try, milliseconds: grown, and by chance up to a half shorter so that requests spread. */
export function backoffMs(patience: Patience, tries: number, random: () => number = Math.random): number {
  const full = Math.min(patience.firstWaitMs * 2 ** (tries - 1), patience.longestWaitMs);
  return full * (1 - random() / 2);
}

/** What the header `Retry-After` says, seconds or a date, as milliseconds from now; undefined: nothing usable. */
export function retryAfterMs(header: string | undefined, now: number = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d{1,9}(?:\.\d+)?\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
