import { InputError } from '../errors.ts';

/* Reads and shows memory sizes such as `4GB`. */

const units: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
};

/**
 * Bytes of `4GB`, `512MB`, `4GiB`, `1.5 GB` or a plain number of bytes; 0 for `auto`, which is what is free.
 *
 * @throws InputError for anything else
 */
export function memorySize(text: string): number {
  if (text.trim().toLowerCase() === 'auto') return 0;
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  const unit = match === null ? undefined : units[match[2]!.toUpperCase()];
  if (match === null || unit === undefined) {
    throw new InputError(
      `"${text}" is not a memory size: write auto, or for example 4GB, 512MB, 4GiB or a number of bytes.`,
    );
  }
  return Math.round(Number(match[1]) * unit);
}

/** A memory budget for people: `auto`, `4 GB`. */
export function showBudget(bytes: number): string {
  return bytes === 0 ? 'auto' : showBytes(bytes);
}

/** `4 GB`, `512 MB`, `1.5 GB`: decimal units, three digits at most. */
export function showBytes(bytes: number): string {
  for (const [unit, size] of [
    ['TB', 1e12],
    ['GB', 1e9],
    ['MB', 1e6],
    ['KB', 1e3],
  ] as const) {
    if (bytes >= size) return `${Number((bytes / size).toPrecision(3))} ${unit}`;
  }
  return `${bytes} B`;
}
