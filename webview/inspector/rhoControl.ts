import { heavyResetRatio } from '../../src/method/resetRatio.ts';
import { button, html, link } from '../page/dom.ts';
import { count, percent, percentNumber, rhoText } from '../page/format.ts';
import type { Page } from './state/page.ts';
import { positionOf, rhoAt, rhoSteps, roundRho } from './state/rhoScale.ts';
import type { State } from './state/state.ts';

/* The strip above every view of the inspector: rho, what it resets, alpha, Commit and Verify. */

/**
 * A number field of `@vscode-elements/elements` that commits on Enter or on leaving. Until then a redraw leaves what is
 * being typed: it is replaced only by a value that has changed.
 */
function numberField(label: string, commit: (value: number) => boolean) {
  let shown: string | undefined;
  const field = html('vscode-textfield', { label, inputmode: 'decimal' });
  field.addEventListener('change', () => {
    const value = Number(field.value.trim().replace(/\s*%$/, ''));
    field.invalid = field.value.trim() === '' || !Number.isFinite(value) || !commit(value);
  });
  const show = (text: string) => {
    if (text === shown) return;
    shown = text;
    field.value = text;
    field.invalid = false;
  };
  return { field, show };
}

/** The strip above every view: rho (what is reset), what that comes to, alpha, and commit. */
export function rhoControl(page: Page): { readonly element: HTMLElement; draw(state: State): void } {
  const { store, model, host } = page;
  const { range, record } = model;
  const slider = html('input', {
    type: 'range',
    min: 0,
    max: rhoSteps,
    step: 1,
    id: 'rho',
    'aria-label': 'rho, share of neurons a target may select',
  });
  slider.addEventListener('input', () => store.set({ rho: rhoAt(slider.valueAsNumber, range) }));
  const rhoField = numberField('rho in percent', (value) => {
    const rho = roundRho(value / 100);
    if (!(rho > 0 && rho <= range.limit)) return false;
    store.set({ rho });
    return true;
  });
  const alphaField = numberField('alpha, share of SFT in the fusion', (value) => {
    if (value < 0 || value > 1) return false;
    store.set({ alpha: value });
    return true;
  });
  const own = link('', () => store.set({ rho: undefined }), 'Back to the rho of the run');
  own.textContent = `run: ${rhoText(record.settings.rho)}`;
  const ends = html(
    'div',
    { class: 'ends' },
    html('span', {}, rhoText(range.min)),
    own,
    html('span', {}, rhoText(range.max)),
  );
  const neurons = html('span', { class: 'figure-number' });
  const ratio = html('strong', {});
  const meterFill = html('div', { class: 'fill' });
  const meterMark = html('div', { class: 'mark', title: `Warning above ${percent(heavyResetRatio)}` });
  const meter = html('div', { class: 'meter', 'aria-hidden': true }, meterFill, meterMark);
  meterMark.style.left = `${heavyResetRatio * 100}%`;
  const warning = html('span', { class: 'warning' });
  const commit = button(
    'Commit…',
    () => {
      const { state } = store;
      host.act({ name: 'commit', rho: model.rho(state), alpha: model.alpha(state) });
    },
    false,
  );
  const verify = button('Verify…', () => host.act({ name: 'verify' }));
  const element = html(
    'div',
    { class: 'strip', role: 'region', 'aria-label': 'Reset budget and commit' },
    html(
      'div',
      { class: 'rho' },
      html('label', { for: 'rho', title: 'Share of all neurons that each target token may select' }, 'ρ'),
      html('div', { class: 'slider' }, slider, ends),
      rhoField.field,
      html('span', { class: 'unit' }, '%'),
    ),
    html(
      'div',
      { class: 'effect' },
      html(
        'div',
        {},
        ratio,
        ' reset',
        html('span', { class: 'muted', title: 'Neurons in the reset set, of all neurons' }, ' · ', neurons),
      ),
      meter,
      warning,
    ),
    html(
      'div',
      { class: 'commit' },
      html('span', { class: 'unit', title: 'fused = α·SFT + (1−α)·base' }, 'α'),
      alphaField.field,
      commit,
      verify,
    ),
  );
  return {
    element,
    draw(state) {
      const rho = model.rho(state);
      slider.value = String(positionOf(rho, range));
      slider.setAttribute('aria-valuetext', rhoText(rho));
      slider.style.setProperty('--at', `${(100 * positionOf(rho, range)) / rhoSteps}%`);
      rhoField.show(rhoText(rho).replace(' %', ''));
      alphaField.show(String(model.alpha(state)));
      own.style.visibility = rho === record.settings.rho ? 'hidden' : 'visible';
      const reset = model.reset(state);
      if (reset === undefined) return;
      ratio.textContent = `${percentNumber(reset.neuronRatio)} %`;
      neurons.textContent = `${count(reset.neurons)} of ${count(model.layout.total)}`;
      meterFill.style.width = `${100 * reset.neuronRatio}%`;
      const heavy = reset.neuronRatio > heavyResetRatio;
      element.classList.toggle('heavy', heavy);
      warning.textContent = heavy ? `⚠ above ${100 * heavyResetRatio} %: much of what SFT taught is lost` : '';
    },
  };
}
