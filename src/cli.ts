#!/usr/bin/env node
// biome-ignore-all assist/source/organizeImports: signals are caught before anything else is loaded
import { stopSignal } from './cli/stopSignals.ts';

import { setImmediate } from 'node:timers/promises';
import { buildProgram } from './cli/commands/program.ts';
import { exitCodes } from './cli/exitCodes.ts';
import { failureOf } from './cli/output/failure.ts';
import { ProgressView } from './cli/output/progressView.ts';
import { probeDevices, startEngine } from './engine/process/client.ts';
import { Interrupted } from './errors.ts';

/* The command line's entry: runs one command, stops it on Ctrl-C, and ends with its exit code. */

/**
 * Runs one command.
 *
 * @returns the exit code: 0 done, 1 failed, 2 bad input, 130 interrupted
 */
async function main(argv: readonly string[]): Promise<number> {
  const view = new ProgressView(process.stderr);
  const program = buildProgram(
    {
      signal: stopSignal,
      startEngine,
      onEvent: view.onEvent,
      print: (text) => process.stdout.write(`${text}\n`),
      say: (text) => process.stderr.write(`${text}\n`),
    },
    probeDevices,
  );
  try {
    // Signals that came while the program was loading are heard now, before it begins anything.
    await setImmediate();
    if (stopSignal.aborted) throw new Interrupted('Interrupted. Nothing was begun.');
    await program.parseAsync(argv);
    return exitCodes.done;
  } catch (error) {
    view.stop();
    const { exitCode, message } = failureOf(error, process.env['REJUVENATE_DEBUG'] === '1');
    if (message !== undefined) process.stderr.write(`${message}\n`);
    return exitCode;
  }
}

// A reader that went away (`rejuvenate show … | head`) is no failure of this program.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(exitCodes.done);
});

void main(process.argv).then((exitCode) => {
  process.exitCode = exitCode;
});
