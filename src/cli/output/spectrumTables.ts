import type { ComparisonRecord, DifferenceScalars } from '../../record/comparison/comparisonRecord.ts';
import { maxSingularValues, type SpectrumFigures, spectrumFigures } from '../../record/comparison/tensors/spectrum.ts';
import { type Column, table } from './table.ts';

/* The tables that tell whether a change is structure or noise. */

const right = (head: string): Column => ({ head, align: 'right' });
const none = '–';
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** `3.27`, or `3.2–3.3` where the error shows. */
function between(least: number, most: number, text: (value: number) => string): string {
  const [from, to] = [text(least), text(most)];
  return from === to ? from : `${from}–${to}`;
}

const rank = (value: number) => value.toPrecision(3);
const stableRank = ({ stableRankFrom, stableRank: most }: SpectrumFigures) => between(stableRankFrom, most, rank);
const topShare = ({ topShare: least, topShareTo }: SpectrumFigures) => between(least, topShareTo, percent);

/** What the table's columns mean, in a line. */
export const spectrumMeaning = 'stable rank ‖Δ‖² / σ₁²: 1 if one direction is all, that of noise if nothing stands out';

/** Whether a pair's spectra were computed. */
export function hasSpectra({ differences }: ComparisonRecord, pair: number): boolean {
  return differences[pair]!.some(({ spectrum }) => spectrum !== undefined);
}

/** Rows of a tensor's table, a cell a pair; none where no spectrum was computed. */
export function spectrumRows(each: readonly DifferenceScalars[], shape: readonly number[]): string[][] {
  const figures = each.map((difference) => spectrumFigures(difference, shape));
  if (figures.every((known) => known === undefined)) return [];
  const row = (name: string, value: (known: SpectrumFigures) => string) => [
    name,
    ...figures.map((known) => (known === undefined ? none : value(known))),
  ];
  return [
    row('stable rank', stableRank),
    row('  of noise', ({ noiseStableRank }) => rank(noiseStableRank)),
    row(`top ${maxSingularValues} singular values’ share`, topShare),
    row('  above noise', ({ aboveNoise }) => String(aboveNoise)),
  ];
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

/** A row a module: the middle layer's stable rank and that of noise, and what the top singular values hold. */
export function spectrumTable({ tensors, differences }: ComparisonRecord, pair: number): string {
  const known = tensors.flatMap(({ module, shape }, tensor) => {
    const figures = spectrumFigures(differences[pair]![tensor]!, shape);
    return figures === undefined ? [] : [{ module, figures }];
  });
  const modules = [...new Set(known.map(({ module }) => module))];
  return table(
    [
      { head: 'module' },
      right('tensors'),
      right('stable rank: least'),
      right('median'),
      right('of noise'),
      right(`top ${maxSingularValues}: median share`),
      right('above noise: median'),
    ],
    modules.map((module) => {
      const own = known.filter((each) => each.module === module).map(({ figures }) => figures);
      const ranks = own.map((figures) => figures.stableRank);
      return [
        module,
        String(own.length),
        rank(Math.min(...ranks)),
        rank(middle(ranks)),
        rank(middle(own.map((figures) => figures.noiseStableRank))),
        percent(middle(own.map((figures) => figures.topShare))),
        `${middle(own.map((figures) => figures.aboveNoise))} of ${maxSingularValues}`,
      ];
    }),
  );
}
