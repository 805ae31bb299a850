import type { OpenRecord } from '../record/run/recordFile.ts';
import type { Roots } from './roots.ts';

/**
 * Checks that the checkpoints that a record names may be read: a record may name any.
 *
 * @throws InputError when one lies outside the roots, or is none any more
 */
export async function checkRecordedInputs({ record }: Pick<OpenRecord, 'record'>, roots: Roots): Promise<void> {
  await roots.checkpoint(record.inputs.base.folder);
  await roots.checkpoint(record.inputs.sft.folder);
}
