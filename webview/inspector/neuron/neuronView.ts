import type { Projection } from '../../../src/checkpoint/architecture/architecture.ts';
import { expertNeuron, type NeuronModule, neuronsOfExpert, neuronText } from '../../../src/method/neuronLayout.ts';
import { html, link } from '../../page/dom.ts';
import { count } from '../../page/format.ts';
import type { Page, View } from '../state/page.ts';
import type { State } from '../state/state.ts';
import { neuronFacts } from './neuronFacts.ts';
import { firstOf, neuronName, placeOf } from './neuronNames.ts';
import { pushedTargets } from './pushedTargets.ts';
import { scoreStrip } from './scoreStrip.ts';
import { writtenTokens } from './writtenTokens.ts';

/* The neuron tab: what one neuron does, at which targets, by which tokens, and how far SFT moved it. */

/** Why neurons of a projection write no tokens of their own. */
const writesNothing: Partial<Record<Projection, string>> = {
  q_proj: 'A neuron of q_proj writes no tokens: it decides where attention looks.',
  k_proj: 'A neuron of k_proj writes no tokens: it decides where attention looks.',
  v_proj: 'A neuron of v_proj is written by the columns of o_proj of every query head that shares it: look at those.',
};

export function neuronView(page: Page): View {
  const { model, store, answers } = page;
  const { layout } = model;
  const heading = html('h2', {});
  const field = html('input', { type: 'number', min: 0, class: 'neuron-field', 'aria-label': 'Neuron of the module' });
  const of = html('span', { class: 'muted' });
  const links = html('span', { class: 'links' });
  const facts = neuronFacts(page);
  const strip = scoreStrip(page);
  const targets = pushedTargets(page);
  const written = writtenTokens(page);
  const hint = html(
    'p',
    { class: 'empty' },
    'Select a module in the heatmap, or a neuron in a ranking; this is the neuron with the best rank.',
  );
  const waiting = html('p', { class: 'empty' }, 'Reading the ranks…');
  const body = html(
    'div',
    { class: 'neuron-body' },
    html(
      'div',
      { class: 'side' },
      html(
        'section',
        { class: 'figure neuron-head', 'aria-label': 'Neuron' },
        html('header', {}, heading, html('label', { class: 'field' }, 'neuron', field, of), links),
        hint,
        facts.element,
      ),
      written.element,
    ),
    html('div', { class: 'side' }, strip.figure.element, targets.element),
  );
  let flat: number | undefined;
  field.addEventListener('change', () => {
    const place = flat === undefined ? undefined : placeOf(layout, flat);
    const wanted = field.valueAsNumber;
    if (place === undefined) return;
    const { module, neuron } = place;
    const fits = Number.isInteger(wanted) && wanted >= 0 && wanted < module.width;
    if (fits) go(module.offset + wanted);
    else field.value = String(neuron);
  });
  /** Shows a neuron, and selects its module with it. */
  const go = (to: number) => showNeuron(page, to);
  const choose = (state: State): number | undefined => {
    if (state.neuron !== undefined && placeOf(layout, state.neuron) !== undefined) return state.neuron;
    const ranks = model.bestRank;
    if (ranks === undefined) return undefined;
    const selected = layout.modules.find(
      ({ layer, projection }) => layer === state.layer && projection === state.projection,
    );
    if (selected !== undefined) {
      return firstOf(state.expert === undefined ? selected : neuronsOfExpert(selected, state.expert), ranks);
    }
    const first = ranks.indexOf(0);
    return Math.max(first, 0);
  };
  /** Neurons that are one with this one, or that it works through. */
  const relatives = (at: number): HTMLElement[] => {
    const { module, neuron } = placeOf(layout, at)!;
    const same = (projection: Projection) => {
      const other = layout.modules.find((each) => each.layer === module.layer && each.projection === projection);
      return other === undefined
        ? []
        : [link(`${projection} ${neuronText(other, neuron)}`, () => go(other.offset + neuron))];
    };
    const feedForward: readonly Projection[] = ['gate_proj', 'up_proj', 'down_proj'];
    const others = feedForward.includes(module.projection)
      ? feedForward.filter((each) => each !== module.projection).flatMap(same)
      : [];
    const own = expertNeuron(module, neuron)?.expert;
    const rank = (expert: number | undefined) => () => {
      selectPart(page, module, expert);
      store.set({ neuron: at, tab: 'attribution' });
    };
    return [
      ...(others.length > 0 ? [html('span', { class: 'muted' }, 'same unit:'), ...others] : []),
      ...(own === undefined ? [] : [link(`all of expert ${own}`, rank(own))]),
      link('all of the module', rank(undefined)),
    ];
  };
  return {
    element: html('div', { class: 'view neuron-view' }, waiting, body),
    draw(state) {
      const next = choose(state);
      waiting.hidden = next !== undefined;
      body.hidden = next === undefined;
      if (next === undefined) return;
      const { module, neuron } = placeOf(layout, next)!;
      if (next !== flat) {
        flat = next;
        // A question that another neuron's overtook is asked again.
        answers.forgetFailed({ name: 'neuronTokens', neuron: next });
        heading.textContent = neuronName(layout, next);
        field.value = String(neuron);
        field.max = String(module.width - 1);
        of.textContent = `of ${count(module.width)} (${module.axis === 'row' ? 'output rows' : 'input columns'})`;
        links.replaceChildren(...relatives(next));
      }
      hint.hidden = state.neuron !== undefined || state.projection !== undefined;
      facts.draw(state, next, answers.of<'neuronDrift'>({ name: 'neuronDrift', neuron: next }));
      const nothing = writesNothing[module.projection];
      written.draw(next, nothing ?? answers.of<'neuronTokens'>({ name: 'neuronTokens', neuron: next }));
      const detail = answers.of<'neuron'>({ name: 'neuron', neuron: next });
      strip.draw(detail.state === 'here' ? detail.value : undefined);
      targets.draw(detail.state === 'here' ? detail.value : undefined);
    },
  };
}

/** Selects a module, or an expert of it, unless it is selected. */
function selectPart({ store, select }: Page, { layer, projection }: NeuronModule, expert: number | undefined): void {
  const { state } = store;
  if (state.layer !== layer || state.projection !== projection) select({ layer, projection, expert });
  else if (state.expert !== expert) store.set({ expert });
}

/** Opens the neuron tab on a neuron, its module selected with it; an expert stays selected where the neuron is its own. */
export function showNeuron(page: Page, flat: number): void {
  const { model, store } = page;
  const place = placeOf(model.layout, flat);
  if (place === undefined) return;
  const { layer, expert } = store.state;
  const stays = layer === place.module.layer && expert === expertNeuron(place.module, place.neuron)?.expert;
  selectPart(page, place.module, stays ? expert : undefined);
  store.set({ neuron: flat, tab: 'neuron' });
}
