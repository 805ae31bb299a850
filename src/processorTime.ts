/* Time that this process has computed, whatever else the machine did meanwhile. */

/** Milliseconds of processor time since the process began, of all its threads. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * Runs a script of node:vm, which may never end, for as long as it may compute. Node stops it by the clock: where the machine gave it
 * less than that, it is run again.
 *
 * @param limitMs milliseconds
 * @param attempt runs it with a time-out of so many milliseconds
 * @throws what the attempt throws: with the code `ERR_SCRIPT_EXECUTION_TIMEOUT` when it computed for so long without an end
 */
export function withinComputing<Result>(
  limitMs: number,
  attempt: (timeout: number) => Result,
  computed: () => number = processorMs,
): Result {
  const began = computed();
  for (;;) {
    try {
      return attempt(limitMs);
    } catch (error) {
      if (!isTimeout(error) || computed() - began >= 0.9 * limitMs) throw error;
    }
  }
}

/** Whether a script was stopped. Made in another context, the error is no `Error` of this one. */
export function isTimeout(error: unknown): boolean {
  return (error as Partial<NodeJS.ErrnoException> | undefined)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}
