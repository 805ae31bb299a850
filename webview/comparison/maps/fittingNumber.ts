import { exponential, score, significant } from '../../page/format.ts';

/* Writes the numbers of a map's cells into the room that they have. */

/** A digit of a cell's number, and the room on both sides of it, pixels. */
const digit = 7.7;
const beside = 3;
/** Narrower cells hold no number, so that a map does not have some here and there: this has room for `1e-5`. */
const leastNumberCell = 37;
/** A number as exactly as a cell has room for, with three digits or two, or its magnitude; undefined where it has none. */
export function fitting(value: number, width: number): string | undefined {
  if (width < leastNumberCell) return undefined;
  const size = Math.abs(value);
  const plain = size >= 0.001 && size < 1000;
  const digits = (count: number) => (plain ? significant(value, count) : exponential(value, 0));
  const forms = value === 0 ? ['0'] : [score(value), digits(2), exponential(value, 0)];
  // Without the 0 before the point, and the + of an exponent.
  const shortest = forms.map((text) => text.replace(/^(−?)0\./, '$1.').replace('e+', 'e'));
  return [...forms.slice(0, 2), ...shortest].find((text) => text.length * digit + 2 * beside <= width);
}
