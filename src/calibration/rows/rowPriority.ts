/* The order in which rows are drawn: each has a priority of its own, which only its position and the seed decide. */

/** Every bit of the number bears on every bit of the result, as in MurmurHash3. */
function mixed(number: number): number {
  let h = number | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/**
 * Gives each position a number below 2^53, evenly: the rows with the smallest are an even sample of any number of rows.
 *
 * @param seed whole number from 0 to 2^53 - 1
 */
export function rowPriority(seed: number): (position: number) => number {
  const low = mixed(seed % 2 ** 32);
  const high = mixed(low ^ Math.floor(seed / 2 ** 32) ^ 0x9e3779b9);
  return (position) => {
    const first = mixed(mixed((position % 2 ** 32) + low) ^ high ^ Math.floor(position / 2 ** 32));
    const second = mixed(first + high);
    return (first >>> 0) * 2 ** 21 + (second >>> 11);
  };
}
