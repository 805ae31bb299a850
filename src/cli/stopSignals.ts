import { exitCodes } from './exitCodes.ts';

/*
 * Ctrl-C. `cli.ts` imports this before anything else, so that the handlers are there before the rest of the program is
 * loaded: a signal without one ends the process as it stands.
 */

/** A second signal counts as insisting after this long, milliseconds. */
const insistAfter = 1000;

const stop = new AbortController();

/** Aborted by SIGINT or SIGTERM. */
export const stopSignal: AbortSignal = stop.signal;

// The first signal stops the work and waits for it to clean up; whoever insists later ends the process. Signals right
// after the first are the same Ctrl-C, passed on a second time by npm or a shell.
let stoppedAt = Number.POSITIVE_INFINITY;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (performance.now() - stoppedAt > insistAfter) process.exit(exitCodes.interrupted);
    if (stop.signal.aborted) return;
    stoppedAt = performance.now();
    stop.abort();
  });
}
