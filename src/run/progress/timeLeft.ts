/* Estimates how long a phase will still take. */

/** `about a second`, `about 20 s`, `about 5 min`, `about 1.5 h`. */
export function showDuration(seconds: number): string {
  if (seconds < 1.5) return 'about a second';
  if (seconds < 90) return `about ${Math.round(seconds)} s`;
  if (seconds < 5400) return `about ${Math.round(seconds / 60)} min`;
  return `about ${(seconds / 3600).toFixed(1)} h`;
}

/**
 * `about 20 s` at the pace so far; undefined while that is mostly start-up, and at the end.
 * @param fraction share that is done; @param spent seconds it took
 */
export function timeLeft(fraction: number, spent: number): string | undefined {
  if (fraction <= 0.02 || fraction >= 1 || spent <= 1) return undefined;
  return showDuration((spent * (1 - fraction)) / fraction);
}
