import { max } from 'd3';
import { responseRows } from '../../../src/method/responseRows.ts';
import { sampleNames } from '../../../src/record/calibrationInputs.ts';
import { csv } from '../../figures/csv.ts';
import { type Figure, figure } from '../../figures/figure.ts';
import { legend } from '../../figures/legend.ts';
import type { SampleToken } from '../../figures/tokens/sampleTokens.ts';
import { sampleTokens } from '../../figures/tokens/sampleTokens.ts';
import { TokenMap } from '../../figures/tokens/tokenMap.ts';
import { tokenJson } from '../../figures/tokens/tokenText.ts';
import { html, link } from '../../page/dom.ts';
import { count, decimal } from '../../page/format.ts';
import { currentTheme, highlight } from '../../page/theme.ts';
import type { Page } from '../state/page.ts';
import type { State } from '../state/state.ts';

/* The figure of one calibration text under several checkpoints, its tokens coloured by entropy. */

const shownTexts = 3;

/** One calibration text under several checkpoints, coloured by entropy; a token chosen in it is looked at closely. */
export function textFigure(page: Page): { readonly figure: Figure; draw(state: State): void } {
  const { model, store } = page;
  const { checkpoints, output } = model.record;
  const samples = output?.samples ?? [];
  let tokens: readonly SampleToken[] = [];
  let active: SampleToken | undefined;
  const map = new TokenMap({
    onActive(token) {
      active = token;
    },
  });
  const choose = () => {
    if (active?.row !== undefined) store.set({ row: active.row });
  };
  map.element.addEventListener('click', ({ target }) => {
    if (target instanceof Element && target.closest('[data-token]') !== null) choose();
  });
  map.element.addEventListener('keydown', ({ key }) => {
    if (key === 'Enter' || key === ' ') choose();
  });
  const frame = figure(page, {
    name: 'comparison-text',
    title: 'Text',
    caption: 'Every token has the colour of the row that predicts it. Outlined: the chosen one.',
    drawing: () => map.drawing(),
    csv: () => {
      const known = model.sample(store.state.sample);
      const measures = known !== undefined && 'part' in known ? known.part.measures : [];
      return csv(
        [
          'position',
          'id',
          'token_json',
          ...checkpoints.flatMap(({ name }) => [`entropy_${name}`, `top1_probability_${name}`, `nll_${name}`]),
        ],
        tokens.map(({ position, id, raw, row }) => [
          position,
          id,
          tokenJson(raw),
          ...measures.flatMap((measure) =>
            row === undefined
              ? [undefined, undefined, undefined]
              : [measure.entropy[row], measure.top1Probability[row], measure.negativeLogLikelihood[row]],
          ),
        ]),
      );
    },
  });
  const select = html('vscode-single-select', {
    combobox: samples.length > 12,
    label: 'Sample',
    'aria-label': 'Sample',
  });
  const nameOf = sampleNames(output?.calibration ?? []);
  for (const [i, sample] of samples.entries()) {
    select.append(
      html('vscode-option', { value: String(i) }, `${nameOf(sample)}, ${count(sample.rows)} response tokens`),
    );
  }
  select.addEventListener('change', () => {
    const sample = Number(select.value);
    if (sample in samples) store.set({ sample });
  });
  const step = (by: number) => {
    const sample = store.state.sample + by;
    if (sample in samples) store.set({ sample });
  };
  const boxes = checkpoints.map(({ name }, position) => {
    const box = html('vscode-checkbox', {}, html('bdi', {}, name));
    box.label = name;
    box.addEventListener('change', () => {
      const others = textsOf(store.state).filter((other) => other !== position);
      const next = box.checked ? [...others, position].sort((a, b) => a - b) : others;
      if (next.length === 0) box.checked = true;
      else store.set({ texts: next });
    });
    return box;
  });
  const textsOf = (state: State) => state.texts ?? checkpoints.map((_, position) => position).slice(0, shownTexts);
  const key = legend('entropy (nats)');
  frame.controls.append(
    html(
      'div',
      { class: 'sample-choice' },
      select,
      link('‹', () => step(-1), 'The sample before'),
      link('›', () => step(1), 'The next sample'),
    ),
    checkpoints.length > 6
      ? html('details', { class: 'pairs' }, html('summary', {}, 'Checkpoints'), ...boxes)
      : html('div', { class: 'pairs', role: 'group', 'aria-label': 'Checkpoints' }, ...boxes),
    key.element,
  );
  const waiting = html('p', { class: 'empty' }, 'Reading the sample…');
  frame.body.append(waiting, map.element);
  return {
    figure: frame,
    draw(state) {
      if (select.value !== String(state.sample)) select.value = String(state.sample);
      const shown = textsOf(state);
      boxes.forEach((box, position) => {
        box.checked = shown.includes(position);
      });
      const known = model.sample(state.sample);
      const place = samples[state.sample];
      const there = known !== undefined && 'part' in known && place !== undefined;
      waiting.hidden = there;
      map.element.hidden = !there;
      if (known !== undefined && 'fault' in known) waiting.textContent = known.fault;
      if (!there) return;
      const chosen = state.row === undefined ? [] : [responseRows(place.responses)[state.row]!];
      const detail = { ...known.part, targetRows: Int32Array.from(chosen) };
      tokens = sampleTokens(detail, place, known.part.textOf);
      const rows = model.rows();
      const all =
        rows !== undefined && 'part' in rows ? rows.part.entropy : detail.measures.map(({ entropy }) => entropy);
      const top = Math.max(max(all, (values) => max(values) as number | undefined) ?? 1, 0.1);
      const theme = currentTheme();
      key.draw((t) => highlight(t, theme), '0', decimal(top, 2));
      map.draw({
        detail,
        tokens,
        shown: shown.map((position) => ({ position, name: checkpoints[position]!.name })),
        top,
        matches: undefined,
      });
    },
  };
}
