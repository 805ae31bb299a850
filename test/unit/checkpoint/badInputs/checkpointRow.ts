import { openCheckpoint } from '../../../../src/checkpoint/openCheckpoint.ts';
import { type TinyOptions, writeTiny } from '../tinyCheckpoint.ts';
import type { BadInput } from './row.ts';

/** A tiny checkpoint with other options, then changed in its folder. */
export function checkpoint(
  what: string,
  options: TinyOptions,
  message: string,
  change: (folder: string) => Promise<unknown> = async () => undefined,
): BadInput {
  const read = async (folder: string) => {
    await writeTiny(folder, options);
    await change(folder);
    return openCheckpoint(folder);
  };
  return { what, read, message };
}
