import { access, constants, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { InputError } from '../../errors.ts';
import { exists } from '../../files/reading/exists.ts';
import { isWithin, realPathOf } from '../../files/reading/realPath.ts';
import { checkReplaceable } from '../../files/writing/replaceable.ts';
import { writeFault } from '../../files/writing/writeFault.ts';

/*
 * Checks where outputs go, before any work: the place is writable, nothing is overwritten unasked, no input is touched.
 */

/** An output of a run, for its sentence. */
export interface Output {
  /** For example "record". */
  readonly what: string;
  readonly path: string;
  readonly kind: 'file' | 'folder';
}

/**
 * Checks one output against the inputs: its folder is there and writable, it is free or may be overwritten, and
 * writing it cannot touch an input.
 *
 * @param inputs checkpoint folders and the calibration file
 * @throws InputError
 */
export async function checkOutput(output: Output, inputs: readonly string[], overwrite: boolean): Promise<void> {
  const { what, path, kind } = output;
  const real = await realPathOf(path);
  for (const input of inputs) {
    const realInput = await realPathOf(input);
    if (real === realInput)
      throw new InputError(`The ${what} "${path}" is the input "${input}": choose another place.`);
    if (isWithin(real, realInput)) {
      throw new InputError(`The ${what} "${path}" lies inside the input "${input}": choose another place.`);
    }
    if (isWithin(realInput, real)) {
      throw new InputError(`The ${what} "${path}" contains the input "${input}": choose another place.`);
    }
  }
  const parent = dirname(resolve(path));
  const info = await stat(parent).catch(() => undefined);
  if (info === undefined)
    throw new InputError(`The folder of the ${what}, "${parent}", does not exist: create it first.`);
  if (!info.isDirectory()) throw new InputError(`"${parent}", which should hold the ${what}, is not a folder.`);
  try {
    await access(parent, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw writeFault(error, path);
  }
  if (!(await exists(path))) return;
  if (!overwrite) {
    throw new InputError(`The ${what} "${path}" exists already: choose another place, or pass --overwrite.`);
  }
  const existing = await stat(path).catch(() => undefined);
  if (existing !== undefined && existing.isDirectory() !== (kind === 'folder')) {
    throw new InputError(`The ${what} "${path}" exists and is not a ${kind}: choose another place.`);
  }
  if (kind === 'folder') await checkReplaceable(resolve(path));
}

/**
 * Checks that no output is, or lies inside, another.
 *
 * @throws InputError
 */
export async function checkApart(outputs: readonly Output[]): Promise<void> {
  const real = await Promise.all(outputs.map(({ path }) => realPathOf(path)));
  for (const [i, outer] of outputs.entries()) {
    for (const [j, inner] of outputs.entries()) {
      if (i !== j && isWithin(real[j]!, real[i]!)) {
        if (real[i] !== real[j]) {
          throw new InputError(
            `The ${inner.what} "${inner.path}" lies inside the ${outer.what} "${outer.path}": choose another place.`,
          );
        }
        const both =
          inner.what === outer.what
            ? `The ${inner.what} "${outer.path}" is named twice`
            : `The ${inner.what} and the ${outer.what} are both "${outer.path}"`;
        throw new InputError(`${both}: choose two places.`);
      }
    }
  }
}
