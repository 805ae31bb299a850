import { readdir } from 'node:fs/promises';
import type { CheckpointPair } from '../checkpoint/pair.ts';
import { InputError } from '../errors.ts';
import { errorCode, readFault } from '../files/reading/fileFault.ts';
import { isWithin, realPathOf } from '../files/reading/realPath.ts';
import { manifestName } from '../files/writing/manifestName.ts';

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

/** Refuses to replace a folder of folders that is no checkpoint, such as one's models or home: hardly meant. */
async function refuseCollection(out: string): Promise<void> {
  try {
    const entries = await readdir(out, { withFileTypes: true });
    if (entries.some(({ name }) => name === manifestName || name === 'config.json')) return;
    if (!entries.some((entry) => entry.isDirectory())) return;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    if (errorCode(error) === 'ENOTDIR') {
      throw new InputError(`"${out}" is not a folder: choose another place.`, { cause: error });
    }
    throw readFault(error, out);
  }
  throw new InputError(
    `"${out}" is no checkpoint but holds folders, which replacing it would delete: choose another place.`,
  );
}

/**
 * Checks that writing the target can touch no input, and that replacing it deletes no folder of folders that is no checkpoint.
 *
 * @throws InputError
 */
export async function checkTarget(
  out: string,
  pair: Pick<CheckpointPair, 'base' | 'sft'>,
  overwrite: boolean,
): Promise<void> {
  await refuseInputs(out, pair);
  if (overwrite) await refuseCollection(out);
}
