import { schemeTableau10 } from 'd3';
import { svg } from '../page/dom.ts';

/* Colours and dashes that tell several lines of a figure apart. */

const dashes = ['', '6 3', '2 3', '8 3 2 3', '1 2', '10 4'] as const;

export interface LineLook {
  readonly colour: string;
  /** As `stroke-dasharray` has it; empty for a line without gaps. */
  readonly dash: string;
}

/** A line's look for the n-th of several: colour, and a dash for those who cannot tell colours apart. */
export function lineLook(place: number): LineLook {
  return { colour: schemeTableau10[place % schemeTableau10.length]!, dash: dashes[place % dashes.length]! };
}

/** A short piece of a line, for keys. */
export function lineSample({ colour, dash }: LineLook, x = 0, y = 5): SVGLineElement {
  const stroke = svg('line', {
    x1: x,
    x2: x + 26,
    y1: y,
    y2: y,
    'stroke-width': 2,
    'stroke-dasharray': dash || undefined,
  });
  stroke.style.stroke = colour;
  return stroke;
}

/** The same as a picture beside a name. */
export function keyPicture(look: LineLook): SVGSVGElement {
  return svg('svg', { width: 26, height: 10, 'aria-hidden': 'true' }, lineSample(look));
}
