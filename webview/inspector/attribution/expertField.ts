import type { NeuronModule } from '../../../src/method/neuronLayout.ts';
import { html, link } from '../../page/dom.ts';
import { count } from '../../page/format.ts';

/* The field that says of which expert neurons are ranked: one, or all of the module. */

/** @param choose an expert, or undefined for all */
export function expertField(choose: (expert: number | undefined) => void): {
  readonly element: HTMLElement;
  draw(module: NeuronModule, expert: number | undefined): void;
} {
  const input = html('input', {
    type: 'number',
    min: 0,
    class: 'expert-field',
    placeholder: 'all',
    'aria-label': 'Expert whose neurons are ranked; empty: all',
  });
  const of = html('span', {});
  const all = link('All', () => choose(undefined), 'Rank the neurons of all experts');
  all.setAttribute('aria-label', 'Rank the neurons of all experts');
  let experts = 0;
  let shown: number | undefined;
  const textOf = (expert: number | undefined) => (expert === undefined ? '' : String(expert));
  input.addEventListener('change', () => {
    const wanted = input.value === '' && !input.validity.badInput ? undefined : input.valueAsNumber;
    const fits = wanted === undefined || (Number.isInteger(wanted) && wanted >= 0 && wanted < experts);
    if (fits) choose(wanted);
    else input.value = textOf(shown);
  });
  const element = html('div', { class: 'field' }, html('label', { class: 'field' }, 'expert', input), of, all);
  return {
    element,
    draw(module, expert) {
      element.hidden = module.experts === undefined;
      experts = module.experts ?? 0;
      all.hidden = expert === undefined;
      of.textContent = `of ${count(experts)}`;
      input.max = String(experts - 1);
      // What is being typed stays.
      if (shown !== expert || document.activeElement !== input) input.value = textOf(expert);
      shown = expert;
    },
  };
}
