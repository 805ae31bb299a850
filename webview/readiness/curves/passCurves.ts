import { csv } from '../../figures/csv.ts';
import { figure } from '../../figures/figure.ts';
import type { Page, Part } from '../state/page.ts';
import type { State } from '../state/state.ts';
import { sampledBasis } from '../tables/sampledTable.ts';
import { type Curve, curvePlot } from './curvePlot.ts';

/* The figure of Pass@k: how likely one of k answers is right, a curve with its interval a checkpoint. */

/** Powers of two up to the largest k of any, and that k. */
function stopsUpTo(largest: number): number[] {
  const stops: number[] = [];
  for (let k = 1; k < largest; k *= 2) stops.push(k);
  // Two that touch could not be told apart.
  if (stops.length > 1 && largest < 1.2 * stops.at(-1)!) stops.pop();
  return [...stops, largest];
}

export function passCurves(page: Page): Part {
  const { model, store, tooltip } = page;
  const curves = (state: State): Curve[] =>
    model.shown(state).map((row) => ({
      row,
      name: model.rows[row]!.name,
      points: model.sampled(row, state)!.passAtK.map((each, i) => ({ at: i + 1, ...each })),
    }));
  const frame = figure(page, {
    name: 'pass-at-k',
    title: 'Pass@k',
    drawing: () => ({ svg: plot.drawing }),
    csv: () =>
      csv(
        ['checkpoint', 'temperature', 'k', 'pass_at_k', 'low', 'high'],
        curves(store.state).flatMap(({ row, name, points }) =>
          points.map(({ at, value, low, high }) => [
            ...[name, model.sampled(row, store.state)!.temperature],
            ...[at, value, low, high],
          ]),
        ),
      ),
  });
  const plot = curvePlot(frame.body, tooltip);
  return {
    element: frame.element,
    draw(state) {
      const { interval } = model.sampling!;
      frame.caption.textContent = `Chance that one of k answers is right; bands are ${100 * interval.coverage} % intervals over prompts. A curve that stays flat has nothing to sharpen. ${sampledBasis(page, state)}`;
      const shown = curves(state);
      plot.draw({
        label: `Pass@k of sampled answers at ${model.temperatureName(state.temperature)}`,
        axis: 'k (log scale)',
        curves: shown,
        stops: stopsUpTo(Math.max(...shown.map(({ points }) => points.length))),
        stopName: (k) => `Pass@${k}`,
        marks: [],
      });
    },
  };
}
