import { CommanderError } from 'commander';
import { InputError, Interrupted, RunError } from '../../errors.ts';
import { shortened } from '../../files/reading/shown.ts';
import { exitCodes } from '../exitCodes.ts';
import { NotReady } from '../notReady.ts';
import { printable } from './printable.ts';

/* Turns an error into the exit code and the sentence that the user sees. */

const longestStack = 8000;

export interface Failure {
  readonly exitCode: number;
  /** Undefined when commander has already said it. */
  readonly message: string | undefined;
}

/** The exit code and the sentence for an error; its stack only where `debug` asks for it. */
export function failureOf(error: unknown, debug: boolean): Failure {
  if (error instanceof CommanderError) {
    return { exitCode: error.exitCode === 0 ? exitCodes.done : exitCodes.badInput, message: undefined };
  }
  const message = error instanceof Error ? error.message : String(error);
  const details = debug && error instanceof Error ? `\n${printableLines(error.stack ?? '')}` : '';
  // Messages quote names from files; each is one line, whatever the names hold.
  const line = printable(message) + details;
  if (error instanceof Interrupted) return { exitCode: exitCodes.interrupted, message: line };
  if (error instanceof NotReady) return { exitCode: exitCodes.notReady, message: line };
  if (error instanceof InputError) return { exitCode: exitCodes.badInput, message: `error: ${line}` };
  if (error instanceof RunError) return { exitCode: exitCodes.failed, message: `error: ${line}` };
  const hint = debug ? '' : ' Run with REJUVENATE_DEBUG=1 for details.';
  return { exitCode: exitCodes.failed, message: `unexpected error: ${sentence(printable(message))}${hint}${details}` };
}

/** A stack, which begins with the message as it came. */
function printableLines(text: string): string {
  return shortened(text, longestStack).split('\n').map(printable).join('\n');
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
