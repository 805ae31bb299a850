import fc from 'fast-check';
import { InputError } from '../../src/errors.ts';
import { processorMs } from '../../src/processorTime.ts';

/** An untrusted format: what inputs of it may look like, and whatever reads them. */
export interface Format<Input = unknown> {
  readonly name: string;
  readonly inputs: fc.Arbitrary<Input>;
  /** Reads one input as the program does, and uses what it gave. */
  read(input: Input): Promise<unknown>;
}

/** What became of many inputs. */
export interface Tally {
  readonly name: string;
  readonly tried: number;
  readonly refused: number;
  readonly accepted: number;
  /** What should not have happened, the first of each kind, with the input. */
  readonly faults: readonly string[];
  readonly faulty: number;
  /** Milliseconds of the slowest input. */
  readonly slowest: number;
}

/** A sentence for people, paths included. */
const longestMessage = 2000;
/** No input here is larger than some tens of kilobytes; one that takes this long hangs for all that a user can tell. */
const longestMs = 20_000;

/** Why an outcome is a fault; undefined for one that may be. */
export function faultOf(error: unknown): string | undefined {
  if (!(error instanceof InputError)) {
    return error instanceof Error ? (error.stack ?? error.message) : `something thrown: ${String(error)}`;
  }
  if (error.message.length > longestMessage) {
    return `a message of ${error.message.length} characters: ${error.message.slice(0, 300)}…`;
  }
  return undefined;
}

const shownInput = (input: unknown) =>
  (input instanceof Uint8Array ? `base64 ${Buffer.from(input).toString('base64')}` : fc.stringify(input)).slice(
    0,
    2000,
  );

/**
 * Reads inputs of a format. Each must be read, or be refused by an InputError of sane length, in sane time.
 *
 * @param runs how many
 * @param seed the same seed gives the same inputs
 */
export async function storm(format: Format, runs: number, seed: number): Promise<Tally> {
  let [tried, refused, accepted, faulty, slowest] = [0, 0, 0, 0, 0];
  const faults = new Map<string, string>();
  const property = fc.asyncProperty(format.inputs, async (input) => {
    tried++;
    const started = processorMs();
    let fault: string | undefined;
    try {
      await format.read(input);
      accepted++;
    } catch (error) {
      fault = faultOf(error);
      if (fault === undefined) refused++;
    }
    // Not by the clock: how long it takes there depends on what else the machine does.
    const taken = processorMs() - started;
    slowest = Math.max(slowest, taken);
    if (taken > longestMs) fault ??= `it took ${(taken / 1000).toFixed(0)} s`;
    if (fault === undefined) return;
    faulty++;
    // One of each kind: the same line of the same function is the same fault.
    const kind = fault.split('\n').slice(0, 2).join('\n').replace(/\d+/g, '#').slice(0, 200);
    if (!faults.has(kind)) faults.set(kind, `${fault.split('\n').slice(0, 4).join('\n')}\n  for ${shownInput(input)}`);
  });
  await fc.check(property, { numRuns: runs, seed, endOnFailure: true });
  return { name: format.name, tried, refused, accepted, faults: [...faults.values()], faulty, slowest };
}
