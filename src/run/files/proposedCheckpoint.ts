import { access, constants } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { exists } from '../../files/reading/exists.ts';
import { isWithin, realPathOf } from '../../files/reading/realPath.ts';

/* Proposes where outputs go when nobody has said so: where they can be written, and nowhere that is not the user's. */

/**
 * Whether outputs may be proposed for a folder: it can be written to and does not lie in the program's own.
 *
 * @param own the program's folder, which the next version replaces
 */
export async function isUsersFolder(folder: string, own: string): Promise<boolean> {
  const [real, realOwn] = [await realPathOf(folder), await realPathOf(own)];
  if (real === realOwn || isWithin(real, realOwn)) return false;
  return access(folder, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
}

/**
 * A free folder for a rejuvenated checkpoint: beside the SFT checkpoint, or beside the record where that is read-only or the
 * program's own. Its name tells alpha and rho, so that checkpoints of one run can be told apart.
 *
 * @param rho as a fraction; 0: fusion only
 */
export async function proposedCheckpoint(
  { sft, record, own }: { readonly sft: string; readonly record: string; readonly own: string },
  { alpha, rho }: { readonly alpha: number; readonly rho: number },
): Promise<string> {
  const beside = dirname(sft);
  const folder = (await isUsersFolder(beside, own)) ? beside : dirname(record);
  const short = (value: number) => String(Number(value.toPrecision(3)));
  const name = `${basename(sft)}-rejuvenated-alpha${short(alpha)}-rho${short(rho)}`;
  for (let number = 1; ; number++) {
    const path = join(folder, number === 1 ? name : `${name}-${number}`);
    if (!(await exists(path))) return path;
  }
}
