import { heavyResetRatio } from '../../src/method/resetRatio.ts';
import { button, html, link } from '../page/dom.ts';
import { count, percent, percentNumber, rhoText, significant } from '../page/format.ts';
import type { Page } from './state/page.ts';
import { positionOf, rhoAt, rhoSteps, roundRho } from './state/rhoScale.ts';
import type { State } from './state/state.ts';

/* The strip above every view of the inspector: rho, what it resets, alpha, Commit and Verify. */

/** What is wrong with what was typed, as a sentence; or nothing. */
type Fault = string | undefined;

/**
 * A number field of `@vscode-elements/elements` that commits on Enter or on leaving; Escape takes back what was typed. Until
 * then a redraw leaves it: it is replaced only by a value that has changed.
 *
 * @param check what keeps a value from being taken
 * @param onFault hears at every key what is wrong, undefined when nothing is
 */
function numberField(
  label: string,
  check: (value: number) => Fault,
  commit: (value: number) => void,
  onFault: (fault: Fault) => void,
) {
  let shown = '';
  const field = html('vscode-textfield', { inputmode: 'decimal' });
  // The element has no attribute of that name: the field inside it takes the property for its name.
  field.label = label;
  const typed = () => {
    const text = field.value.trim().replace(/\s*%$/, '');
    return text === '' ? Number.NaN : Number(text);
  };
  const tell = (fault: Fault) => {
    field.invalid = fault !== undefined;
    onFault(fault);
  };
  field.addEventListener('input', () => tell(check(typed())));
  field.addEventListener('change', () => {
    const value = typed();
    const fault = check(value);
    tell(fault);
    if (fault === undefined) commit(value);
  });
  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    field.value = shown;
    tell(undefined);
  });
  const show = (text: string) => {
    if (text === shown) return;
    shown = text;
    field.value = text;
    tell(undefined);
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
  const faults: { rho?: Fault; alpha?: Fault } = {};
  const rhoField = numberField(
    'rho in percent',
    (value) => {
      const rho = roundRho(value / 100);
      if (rho > 0 && rho <= range.limit) return undefined;
      return `ρ: above 0, at most ${rhoText(range.limit)} (ranks kept)`;
    },
    (value) => store.set({ rho: roundRho(value / 100) }),
    (fault) => {
      faults.rho = fault;
      drawMessage();
    },
  );
  const alphaField = numberField(
    'alpha, share of SFT in the fusion',
    (value) => (value >= 0 && value <= 1 ? undefined : 'α: from 0 (base) to 1 (SFT)'),
    (value) => store.set({ alpha: value }),
    (fault) => {
      faults.alpha = fault;
      drawMessage();
    },
  );
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
  const fraction = html('span', {
    class: 'fraction',
    title: 'The same rho as a fraction, as the command line takes it',
  });
  const meterFill = html('div', { class: 'fill' });
  const meterMark = html('div', { class: 'mark', title: `Warning above ${percent(heavyResetRatio)}` });
  const meter = html('div', { class: 'meter', 'aria-hidden': true }, meterFill, meterMark);
  meterMark.style.left = `${heavyResetRatio * 100}%`;
  const message = html('span', { role: 'status' });
  const lower = link('', () => store.set({ rho: model.rhoWithin(heavyResetRatio) }));
  const messageLine = html('div', { class: 'message' }, message, lower);
  const commit = button(
    'Commit…',
    () => {
      const { state } = store;
      host.act({ name: 'commit', rho: model.rho(state), alpha: model.alpha(state) });
    },
    false,
  );
  const verify = button('Verify…', () => host.act({ name: 'verify' }));
  // What is wrong with a field comes before what follows from the values that hold.
  function drawMessage(): void {
    const fault = faults.rho ?? faults.alpha;
    commit.disabled = fault !== undefined;
    verify.disabled = fault !== undefined;
    const reset = model.reset(store.state);
    const heavy = reset !== undefined && reset.neuronRatio > heavyResetRatio;
    const within = fault === undefined && heavy ? model.rhoWithin(heavyResetRatio) : undefined;
    element.classList.toggle('heavy', heavy);
    messageLine.classList.toggle('fault', fault !== undefined);
    messageLine.classList.toggle('warning', fault === undefined && heavy);
    message.textContent = fault ?? (heavy ? `⚠ above ${100 * heavyResetRatio} %: much of SFT is lost` : '');
    messageLine.title = message.textContent ?? '';
    lower.textContent = within === undefined ? '' : `Take ρ ${rhoText(within)}`;
    lower.title = 'The largest rho that stays below the mark';
    lower.hidden = within === undefined;
  }
  const element = html(
    'div',
    { class: 'strip', role: 'region', 'aria-label': 'Reset budget and commit' },
    html(
      'div',
      { class: 'rho' },
      html('label', { for: 'rho', title: 'Share of all neurons that each target token may select' }, 'ρ'),
      html('div', { class: 'slider' }, slider, ends),
      rhoField.field,
      html('span', { class: 'unit' }, '%', fraction),
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
      messageLine,
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
      fraction.textContent = `= ${significant(rho, 3)}`;
      alphaField.show(String(model.alpha(state)));
      own.style.visibility = rho === record.settings.rho ? 'hidden' : 'visible';
      const reset = model.reset(state);
      if (reset === undefined) return;
      ratio.textContent = `${percentNumber(reset.neuronRatio)} %`;
      neurons.textContent = `${count(reset.neurons)} of ${count(model.layout.total)}`;
      meterFill.style.width = `${100 * reset.neuronRatio}%`;
      drawMessage();
    },
  };
}
