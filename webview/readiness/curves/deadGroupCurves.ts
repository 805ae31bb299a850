import { csv } from '../../figures/csv.ts';
import { figure } from '../../figures/figure.ts';
import { decimal } from '../../page/format.ts';
import type { Page, Part } from '../state/page.ts';
import type { State } from '../state/state.ts';
import { type Curve, curvePlot, nothing } from './curvePlot.ts';

/* The figure of dead groups: which share of GRPO's groups would teach nothing, by their size. */

export function deadGroupCurves(page: Page): Part {
  const { model, store, tooltip } = page;
  const groupsOf = (row: number, state: State) =>
    model.sampled(row, state)!.deadGroups.toSorted((a, b) => a.group - b.group);
  const curves = (state: State): Curve[] =>
    model.shown(state).map((row) => {
      const groups = groupsOf(row, state);
      return {
        row,
        name: model.rows[row]!.name,
        points: groups.map(({ group, value, low, high }) => ({ at: group, value, low, high })),
        more(at) {
          const { right, wrong, estimate } = groups.find(({ group }) => group === at)!;
          const bound = estimate === 'plug-in' ? ', too high on the average' : '';
          return `, ${decimal(right)} all right, ${decimal(wrong)} all wrong${bound}`;
        },
      };
    });
  const frame = figure(page, {
    name: 'dead-groups',
    title: 'Dead groups',
    drawing: () => ({ svg: plot.drawing }),
    csv: () =>
      csv(
        ['checkpoint', 'temperature', 'group_size', 'dead', 'low', 'high', 'all_right', 'all_wrong', 'estimate'],
        model
          .shown(store.state)
          .flatMap((row) =>
            groupsOf(row, store.state).map(({ group, value, low, high, right, wrong, estimate }) => [
              ...[model.rows[row]!.name, model.sampled(row, store.state)!.temperature],
              ...[group, value, low, high, right, wrong, estimate],
            ]),
          ),
      ),
  });
  const plot = curvePlot(frame.body, tooltip);
  const greedy = nothing('At temperature 0 all answers to a prompt are the same: there are no groups.');
  frame.body.append(greedy);
  return {
    element: frame.element,
    draw(state) {
      const shown = curves(state);
      const stops = [...new Set(shown.flatMap(({ points }) => points.map(({ at }) => at)))].sort((a, b) => a - b);
      greedy.hidden = stops.length > 0;
      plot.drawing.toggleAttribute('hidden', stops.length === 0);
      const marks = model.summary.conditions.flatMap(({ deadGroup }) =>
        deadGroup === undefined || state.temperature > 0 ? [] : [{ at: deadGroup.group, value: deadGroup.value }],
      );
      frame.caption.textContent =
        `Predicted share of groups of G answers that are all right or all wrong, from which GRPO learns nothing, when RL starts; sampled at ${model.temperatureName(state.temperature)}.` +
        (marks.length > 0 ? ' A condition’s bound is marked.' : '');
      plot.draw({
        label: `Predicted share of dead groups at ${model.temperatureName(state.temperature)}`,
        axis: 'answers in a group, G (log scale)',
        curves: shown,
        stops,
        stopName: (group) => `dead@${group}`,
        marks,
      });
    },
  };
}
