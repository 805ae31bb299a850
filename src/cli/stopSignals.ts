import { exitCodes } from './exitCodes.ts';

/*
 * What stops the command line: Ctrl-C, a request to end, a terminal that was closed. Imported before anything else, because
 * until these handlers are there a signal ends the process at once, whatever it has begun.
 */

/** A second signal counts as insisting after this long, milliseconds. */
const insistAfter = 1000;

const stop = new AbortController();

/** Aborts with the first signal. */
export const stopSignal: AbortSignal = stop.signal;

// The first signal stops the work and waits for it to clean up; whoever insists later ends the process. Signals right
// after the first are the same Ctrl-C, passed on a second time by npm or a shell.
let stoppedAt = Number.POSITIVE_INFINITY;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (performance.now() - stoppedAt > insistAfter) process.exit(exitCodes.interrupted);
    if (stop.signal.aborted) return;
    stoppedAt = performance.now();
    stop.abort();
  });
}

// A terminal that was closed takes no more messages; that must not end the cleaning up.
process.stderr.on('error', () => {});
