import type { MeasuredPoint, SweepRecord } from '../../../src/record/sweep/sweepRecord.ts';
import { svg } from '../../page/dom.ts';
import { currentTheme, sequentialText } from '../../page/theme.ts';

/* What the points of a trade-off are drawn with: colours by alpha, symbols by how neurons were chosen. */

/** The colour of each alpha, ascending. */
export function alphaColours(points: readonly MeasuredPoint[]): ReadonlyMap<number, string> {
  const alphas = [...new Set(points.map(({ alpha }) => alpha))].sort((a, b) => a - b);
  const theme = currentTheme();
  const share = (i: number) => (alphas.length < 2 ? 0.5 : i / (alphas.length - 1));
  return new Map(alphas.map((alpha, i) => [alpha, sequentialText(share(i), theme)]));
}

/** A point's symbol, centred. */
export function symbol(selection: MeasuredPoint['selection'], x: number, y: number, colour: string): SVGElement {
  const shape = {
    attribution: () => svg('circle', { cx: x, cy: y, r: 4.5 }),
    none: () => svg('circle', { cx: x, cy: y, r: 4 }),
    drift: () => svg('path', { d: `M${x - 4.5},${y + 4}h9l-4.5,-8z` }),
    random: () => svg('path', { d: `M${x - 3.5},${y - 3.5}l7,7m0,-7l-7,7` }),
  }[selection]();
  const open = selection === 'none' || selection === 'random';
  shape.style.fill = open ? (selection === 'none' ? currentTheme().background : 'none') : colour;
  if (open) {
    shape.style.stroke = colour;
    shape.style.strokeWidth = '1.75';
  }
  return shape;
}

/** The Pareto front along a path: a band with a dotted line in it, unlike the lines of any alpha in any theme's colours. */
export function frontShape(d: string): SVGElement {
  return svg('g', { class: 'front' }, svg('path', { class: 'band', d }), svg('path', { class: 'core', d }));
}

const names: readonly (readonly [MeasuredPoint['selection'], string])[] = [
  ['attribution', 'attribution'],
  ['none', 'fusion only'],
  ['drift', 'control: neurons that SFT changed most'],
  ['random', 'control: random neurons'],
];

/** Height of a line of the key, pixels. */
const lineHeight = 18;
/** About what a character of the key takes, pixels. */
const characterWidth = 6.5;

/** What the marks mean, in lines, from a place downwards. @returns the elements, and how high they are */
export function marksKey(
  { points, anchors }: Pick<SweepRecord, 'points' | 'anchors'>,
  left: number,
  top: number,
  width: number,
): { readonly elements: readonly SVGElement[]; readonly height: number } {
  const text = (x: number, y: number, content: string) =>
    svg('text', { class: 'axis', x: x + 18, y, 'dominant-baseline': 'central' }, content);
  const colour = currentTheme().foreground;
  const entries: (readonly [string, (x: number, y: number) => SVGElement])[] = [
    ...[...alphaColours(points)].map(([alpha, fill]) => {
      const swatch = (x: number, y: number) => {
        const rect = svg('rect', { x, y: y - 5, width: 12, height: 10 });
        rect.style.fill = fill;
        return rect;
      };
      return [`α ${alpha}`, swatch] as const;
    }),
    ...names
      .filter(([selection]) => points.some((point) => point.selection === selection))
      .map(([selection, name]) => [name, (x: number, y: number) => symbol(selection, x + 6, y, colour)] as const),
    ...(anchors.length === 0
      ? []
      : [
          [
            'anchored to another checkpoint',
            (x: number, y: number) => svg('line', { class: 'through anchored key', x1: x, x2: x + 13, y1: y, y2: y }),
          ] as const,
        ]),
    ['Pareto front', (x, y) => frontShape(`M${x},${y}h14`)],
    ['the run’s own ρ, α', (x, y) => svg('circle', { class: 'own', cx: x + 6, cy: y, r: 7 })],
    ['set now', (x, y) => svg('rect', { class: 'now', x: x - 1, y: y - 7, width: 14, height: 14 })],
  ];
  let [x, row] = [left, 0];
  const elements = entries.flatMap(([name, mark]) => {
    const own = 44 + characterWidth * name.length;
    if (x > left && x + own > left + width) [x, row] = [left, row + 1];
    const [at, y] = [x, top + (row + 0.5) * lineHeight];
    x += own;
    return [mark(at, y), text(at, y, name)];
  });
  return { elements, height: (row + 1) * lineHeight };
}
