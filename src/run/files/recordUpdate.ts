import { access, constants } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { writeFault } from '../../files/writing/writeFault.ts';
import type { RunRecord } from '../../record/run/runRecord.ts';

/** Checks that a record may be changed: replacing it by a rename would not ask. @throws InputError when it may not */
export async function checkWritable(path: string): Promise<void> {
  try {
    await access(path, constants.W_OK);
  } catch (error) {
    throw writeFault(error, path);
  }
}

/** Whether two states of a record are of one run: commits and verifications change neither its inputs nor its time. */
export function isSameRun(one: RunRecord, other: RunRecord): boolean {
  return (
    one.run.started === other.run.started &&
    isDeepStrictEqual(one.inputs, other.inputs) &&
    isDeepStrictEqual(one.samples, other.samples)
  );
}
