/** What a record says that cannot be true; the reader adds the file's name. */
export class RecordFault extends Error {}

/** @throws RecordFault with the sentence, unless it holds */
export function demand(holds: boolean, fault: string): asserts holds {
  if (!holds) throw new RecordFault(fault);
}
