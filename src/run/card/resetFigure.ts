import { type Projection, projections } from '../../checkpoint/architecture/architecture.ts';
import type { ResetSummary } from '../../record/run/resetReport.ts';

/* The heatmap of a model card: the share of each module's neurons that was reset, layers across, as a small SVG. */

/** Name of the figure beside the card. */
export const figureName = 'rejuvenation-reset.svg';

const left = 64;
const top = 44;
const cellHeight = 18;
const gap = 1;

/** White for none, then ColorBrewer's YlGnBu, five classes, which colour-blind readers tell apart. */
const shades = ['#ffffff', '#ffffcc', '#a1dab4', '#41b6c4', '#2c7fb8', '#253494'] as const;
/** The upper end of each class but the last. */
const bounds = [0, 0.02, 0.05, 0.1, 0.2] as const;
const classes = ['0', '≤ 2 %', '≤ 5 %', '≤ 10 %', '≤ 20 %', '> 20 %'] as const;

function shade(ratio: number): string {
  const at = bounds.findIndex((bound) => ratio <= bound);
  return shades[at === -1 ? shades.length - 1 : at]!;
}

function text(x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end' = 'start'): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${words}</text>`;
}

function legend(y: number): string[] {
  return shades.flatMap((colour, at) => {
    const x = left + at * 72;
    const box = `<rect x="${x}" y="${y - 9}" width="12" height="12" fill="${colour}" stroke="#888888" stroke-width="0.5"/>`;
    return [box, text(x + 17, y + 1, classes[at]!)];
  });
}

/** @returns an SVG document; it has no text but numbers and names of projections */
export function resetFigure({ modules, neuronRatio }: ResetSummary, rho: number, alpha: number): string {
  const layers = 1 + Math.max(...modules.map(({ layer }) => layer));
  const cellWidth = Math.max(7, Math.min(24, Math.floor(560 / layers)));
  const width = Math.max(left + layers * cellWidth, left + shades.length * 72) + 16;
  const bottom = top + projections.length * cellHeight;
  const rowOf = (projection: Projection) => top + projections.indexOf(projection) * cellHeight;
  const title = `Neurons reset, by module and layer: ${(100 * neuronRatio).toFixed(2)} % of all`;
  const every = [1, 2, 4, 5, 8, 10, 16, 20, 32, 64].find((step) => step * cellWidth >= 22) ?? 128;
  const ticks = Array.from({ length: Math.ceil(layers / every) }, (_, at) => at * every);
  const cells = modules.map(({ layer, projection, neurons, width: all }) => {
    const label = `layer ${layer}, ${projection}: ${neurons} of ${all} neurons`;
    const place = `x="${left + layer * cellWidth}" y="${rowOf(projection)}"`;
    const size = `width="${cellWidth - gap}" height="${cellHeight - gap}"`;
    return `<rect ${place} ${size} fill="${shade(neurons / all)}" stroke="#cccccc" stroke-width="0.5"><title>${label}</title></rect>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${bottom + 62}" width="${width}" height="${bottom + 62}" ` +
      `font-family="sans-serif" font-size="12" fill="#222222" role="img" aria-label="${title}">`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    `<text x="12" y="20" font-weight="bold">${title}</text>`,
    text(12, 36, `rho ${rho}, alpha ${alpha}`),
    ...projections.map((projection) => text(left - 6, rowOf(projection) + 13, projection, 'end')),
    ...cells,
    ...ticks.map((layer) => text(left + layer * cellWidth + (cellWidth - gap) / 2, bottom + 14, `${layer}`, 'middle')),
    text(left - 6, bottom + 14, 'layer', 'end'),
    ...legend(bottom + 44),
    '</svg>',
    '',
  ].join('\n');
}
