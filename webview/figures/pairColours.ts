import { schemeTableau10 } from 'd3';

/* Colours and dashes that tell several lines of a figure apart. */

const dashes = ['', '6 3', '2 3', '8 3 2 3', '1 2', '10 4'] as const;

/** A line's look for the n-th of several: colour, and a dash for those who cannot tell colours apart. */
export function lineLook(place: number): { readonly colour: string; readonly dash: string } {
  return { colour: schemeTableau10[place % schemeTableau10.length]!, dash: dashes[place % dashes.length]! };
}
