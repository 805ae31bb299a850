import { type RoundingStep, roundingStep } from '../../../src/record/comparison/tensors/roundingStep.ts';
import { svg } from '../../page/dom.ts';
import { score } from '../../page/format.ts';
import type { Model } from '../state/model.ts';

/* The teeth that rounding gives a histogram of changes: where they are expected, and why. */

/** Whole steps that are marked; further ones run together. */
const marked = [1, 2, 3, 4] as const;
/** Least distance of the marks' labels, in pixels. */
const room = 12;

/** The step of a tensor's typical weights in a pair, where both sides are 16-bit floats of one format. */
export function combOf(model: Model, pair: number, tensor: number): RoundingStep | undefined {
  const { dtypes, elements } = model.record.tensors[tensor]!;
  const { reference, checkpoint } = model.record.pairs[pair]!;
  const { referenceNorm, nonFinite } = model.difference(pair, tensor);
  const typical = elements > nonFinite ? referenceNorm / Math.sqrt(elements - nonFinite) : 0;
  return roundingStep(dtypes?.[reference], dtypes?.[checkpoint], typical);
}

/** Why the histogram has teeth, and where. */
export function combText({ format, step, from }: RoundingStep): string {
  return (
    `Both sides are ${format}, so changes come in whole steps: ${score(step)} for the typical weight, from ` +
    `${score(from)} to ${score(2 * from)} (1 to 4 steps are marked), half of that for weights half as large. ` +
    'The teeth are of the format, not of the training.'
  );
}

/** Marks of whole steps over a histogram. @param x pixels of a change; undefined outside the histogram */
export function combMarks(
  { step }: RoundingStep,
  x: (change: number) => number | undefined,
  top: number,
  bottom: number,
) {
  let last = Number.NEGATIVE_INFINITY;
  return svg(
    'g',
    { class: 'comb', 'aria-hidden': 'true' },
    ...marked.flatMap((steps) => {
      const at = x(steps * step);
      if (at === undefined) return [];
      const shown = at - last >= room;
      if (shown) last = at;
      return [
        svg('line', { x1: at, x2: at, y1: top, y2: bottom, 'stroke-dasharray': '1 3' }),
        shown && svg('text', { class: 'axis', x: at, y: top - 2, 'text-anchor': 'middle' }, String(steps)),
      ];
    }),
  );
}
