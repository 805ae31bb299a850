import { InputError } from '../errors.ts';
import { shownReason } from '../files/reading/shown.ts';

/* Faults of a record: its parts do not fit together. */

/** What a record says that cannot be true; the reader adds the file's name. */
export class RecordFault extends Error {}

/** @throws RecordFault with the sentence, unless it holds */
export function demand(holds: boolean, fault: string): asserts holds {
  if (!holds) throw new RecordFault(fault);
}

/** What a reader of a record throws: of a fault, the sentence with the file's name; other errors stay. @param what "run record" */
export function faultIn(path: string, what: string, error: unknown): unknown {
  if (!(error instanceof RecordFault)) return error;
  return new InputError(`"${path}" is not a valid ${what}: ${shownReason(error.message)}.`);
}
