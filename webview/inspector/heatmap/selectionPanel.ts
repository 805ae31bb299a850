import { neuronsOfExpert } from '../../../src/method/neuronLayout.ts';
import type { EffectiveReset, ModuleReset } from '../../../src/method/resetRatio.ts';
import { resetNeurons } from '../../../src/method/resetSet.ts';
import { html, link } from '../../page/dom.ts';
import { bytes, count, percent } from '../../page/format.ts';
import type { Model } from '../state/model.ts';
import type { Page } from '../state/page.ts';
import type { State } from '../state/state.ts';
import { mixtureAt } from './expertCells.ts';

/* What is selected in the heatmap: how much of it is reset, and the ways to its neurons. */

/** Reset and all neurons of what is selected, by module; undefined while the ranks that tell experts apart are on the way. */
function selectedParts(
  model: Model,
  reset: EffectiveReset,
  { layer, projection, expert }: State,
): readonly (ModuleReset & { readonly width: number })[] | undefined {
  const own = reset.modules.filter(
    ({ module }) =>
      (layer === undefined || module.layer === layer) &&
      (projection === undefined || module.projection === projection) &&
      (expert === undefined || module.experts !== undefined),
  );
  if (expert === undefined) return own.map((part) => ({ ...part, width: part.module.width }));
  const { bestRank } = model;
  if (bestRank === undefined) return undefined;
  return own.map(({ module }) => {
    const { offset, width } = neuronsOfExpert(module, expert);
    const neurons = resetNeurons({ ...module, offset, width }, bestRank, reset.budget).length;
    return { module, neurons, parameters: neurons * module.parametersPerNeuron, width };
  });
}

function titleOf({ layer, projection, expert }: State): string {
  if (layer === undefined) return 'Whole model';
  const parts = [`Layer ${layer}`, projection, expert === undefined ? undefined : `expert ${expert}`];
  return parts.filter((part) => part !== undefined).join(' · ');
}

/** @param enter the experts were unfolded: they take the focus */
export function selectionPanel(
  page: Page,
  enter: () => void,
): { readonly element: HTMLElement; draw(state: State, reset: EffectiveReset): void } {
  const { model, store } = page;
  const facts = html('dl', { class: 'facts' });
  const heading = html('h2', {});
  const show = link('Show its neurons ranked', () => store.set({ tab: 'attribution' }));
  const neuron = link('Show what its first neuron does', () => store.set({ neuron: undefined, tab: 'neuron' }));
  const experts = link('', () => {
    const unfolded = !store.state.unfolded;
    store.set({ unfolded });
    if (unfolded) enter();
  });
  return {
    element: html(
      'section',
      { class: 'figure selection', 'aria-live': 'polite' },
      heading,
      facts,
      experts,
      show,
      neuron,
    ),
    draw(state, reset) {
      const { layer, projection, unfolded } = state;
      const parts = selectedParts(model, reset, state);
      heading.textContent = titleOf(state);
      show.hidden = projection === undefined;
      neuron.hidden = projection === undefined;
      const mixture = mixtureAt(model.layout, state);
      experts.hidden = mixture === undefined;
      experts.textContent = unfolded ? 'Fold its experts' : `Unfold its ${count(mixture?.[0]?.experts ?? 0)} experts`;
      experts.setAttribute('aria-expanded', String(unfolded));
      if (parts === undefined) return;
      const neurons = parts.reduce((sum, part) => sum + part.neurons, 0);
      const width = parts.reduce((sum, part) => sum + part.width, 0);
      const parameters = parts.reduce((sum, part) => sum + part.parameters, 0);
      const axis = parts.length === 1 ? parts[0]!.module.axis : undefined;
      const rows: (readonly [string, string])[] = [
        ['Neurons reset', `${count(neurons)} of ${count(width)} (${percent(neurons / width)})`],
        [
          'Parameters reset',
          `${count(parameters)} (${percent(parameters / model.record.parameters)} of the checkpoint)`,
        ],
        ['At two bytes each', bytes(2 * parameters)],
      ];
      if (axis !== undefined) rows.push(['A neuron is', axis === 'row' ? 'an output row' : 'an input column']);
      if (layer === undefined) rows.push(['Budget a target', `${count(reset.budget)} neurons`]);
      facts.replaceChildren(...rows.flatMap(([name, value]) => [html('dt', {}, name), html('dd', {}, value)]));
    },
  };
}
