import { createInterface } from 'node:readline/promises';
import { InputError, Interrupted } from '../../../errors.ts';

/* Asks on the terminal before something is done that cannot be taken back. */

/**
 * @param question with a mark at its end
 * @param done what is asked for, as in "Nothing was installed."
 * @throws InputError where nobody can be asked; Interrupted where the answer is no, or the signal aborts
 */
export async function askWord(question: string, done: 'installed' | 'sent', signal: AbortSignal): Promise<void> {
  if (!process.stdin.isTTY) throw new InputError(`Nothing is ${done} without consent: add --yes.`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal });
    if (!/^y(es)?$/i.test(answer.trim())) throw new Interrupted(`Nothing was ${done}.`);
  } catch (error) {
    if (signal.aborted) throw new Interrupted(`Nothing was ${done}.`);
    throw error;
  } finally {
    terminal.close();
  }
}
