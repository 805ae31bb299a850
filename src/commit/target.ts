import { resolve } from 'node:path';
import type { CheckpointPair } from '../checkpoint/pair.ts';
import { InputError } from '../errors.ts';
import { isWithin, realPathOf } from '../files/reading/realPath.ts';
import { checkReplaceable } from '../files/writing/replaceable.ts';

/* Checks the folder that a commit is to write: no input may be touched, and nothing else deleted. */

/** Refuses a target that an input is, contains or lies in, wherever links lead: shards of Hub caches lie elsewhere. */
async function refuseInputs(out: string, { base, sft }: Pick<CheckpointPair, 'base' | 'sft'>): Promise<void> {
  const real = await realPathOf(out);
  const shards = [...base.shards, ...sft.shards].map(({ path }) => path);
  for (const input of [base.folder, sft.folder, ...shards]) {
    const realInput = await realPathOf(input);
    if (isWithin(real, realInput)) {
      throw new InputError(`The checkpoint "${out}" is or lies inside the input "${input}": choose another place.`);
    }
    if (isWithin(realInput, real)) {
      throw new InputError(`The checkpoint "${out}" contains the input "${input}": choose another place.`);
    }
  }
}

/**
 * Checks that writing the target can touch no input, and that replacing it deletes nothing but a checkpoint.
 *
 * @throws InputError
 */
export async function checkTarget(
  out: string,
  pair: Pick<CheckpointPair, 'base' | 'sft'>,
  overwrite: boolean,
): Promise<void> {
  await refuseInputs(out, pair);
  if (overwrite) await checkReplaceable(resolve(out));
}
