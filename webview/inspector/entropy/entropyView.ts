import { max } from 'd3';
import { responseRows } from '../../../src/method/responseRows.ts';
import { csv } from '../../figures/csv.ts';
import { figure } from '../../figures/figure.ts';
import { legend } from '../../figures/legend.ts';
import { type SampleToken, sampleTokens } from '../../figures/tokens/sampleTokens.ts';
import { TokenMap } from '../../figures/tokens/tokenMap.ts';
import { tokenJson, tokenLabel } from '../../figures/tokens/tokenText.ts';
import { html, link } from '../../page/dom.ts';
import { decimal } from '../../page/format.ts';
import { currentTheme, highlight } from '../../page/theme.ts';
import { tokenElement } from '../../page/tokenElement.ts';
import type { Page, View } from '../state/page.ts';
import type { State } from '../state/state.ts';
import { targetFilter } from '../state/targetFilter.ts';
import { sampleList } from './sampleList.ts';
import { scatter } from './scatter.ts';
import { tokenDetail } from './tokenDetail.ts';

/** The entropy map tab (Fig. 9 of the paper): texts by entropy, one token's details, before against after. */
export function entropyView(page: Page): View {
  const { model, store } = page;
  const { samples, measurements, architecture } = model.record;
  const list = sampleList(page);
  const detail = tokenDetail(page);
  let tokens: readonly SampleToken[] = [];
  let revealed: State['reveal'];
  let taken: State['step'];
  /** Steps to be taken in the next text that is drawn. */
  let stepped: 1 | -1 | undefined;
  const map = new TokenMap({
    onActive: (token) => detail.draw(store.state, token),
    onBeyond: (step) => toNextSample(step),
  });
  /** Goes to the first or last target of the next sample in the list that has one. */
  const toNextSample = (step: 1 | -1) => {
    // The text of the sample that was stepped to is still on its way.
    if (map.sample !== store.state.sample) return;
    const listed = list.shown();
    for (let at = listed.indexOf(store.state.sample) + step; at >= 0 && at < listed.length; at += step) {
      if (samples[listed[at]!]!.targets === 0) continue;
      stepped = step;
      store.set({ sample: listed[at]! });
      return;
    }
    page.say(step > 0 ? 'This is the last target.' : 'This is the first target.');
  };
  const plot = scatter(page, (row) => {
    const sample = samples.findIndex(({ firstRow, rows }) => row >= firstRow && row < firstRow + rows);
    const { firstRow, responses } = samples[sample]!;
    const position = responseRows(responses)[row - firstRow]! + 1;
    store.set({ sample, filterToken: undefined, filterWord: undefined, reveal: { sample, position } });
  });
  const frame = figure(page, {
    name: 'entropy-map',
    title: 'Entropy map',
    drawing: () => map.drawing(),
    csv: () => {
      const shown = model.sample(store.state.sample);
      return csv(
        [
          'position',
          'id',
          'token_json',
          'target',
          ...measurements.flatMap(({ name }) => [`entropy_${name}`, `top1_probability_${name}`, `nll_${name}`]),
        ],
        tokens.map(({ position, id, raw, target, row }) => [
          position,
          id,
          tokenJson(raw),
          target,
          ...(shown?.measures ?? []).flatMap((measure) =>
            row === undefined
              ? [undefined, undefined, undefined]
              : [measure.entropy[row], measure.top1Probability[row], measure.negativeLogLikelihood[row]],
          ),
        ]),
      );
    },
  });
  const boxes = measurements.map(({ name }) => {
    const box = html('vscode-checkbox', { toggle: false }, html('bdi', {}, name));
    box.label = name;
    box.addEventListener('change', () => {
      const others = model
        .shownMeasurements(store.state)
        .map((position) => measurements[position]!.name)
        .filter((other) => other !== name);
      store.set({ shown: box.checked ? [...others, name] : others });
    });
    return box;
  });
  const filter = html('span', { class: 'chip' });
  const key = legend('entropy (nats)');
  frame.controls.append(filter, ...boxes, key.element);
  frame.body.append(map.element);
  frame.caption.textContent =
    'Outlined: targets. Grey: what is no response. Every token has the colour of the row that predicts it.';
  /** Entropies above this are drawn alike: the highest measured, but no more than a uniform choice allows. */
  const top = () => {
    const { rows } = model;
    const highest = max(rows?.entropy ?? [], (values) => max(values) as number | undefined) ?? 1;
    return Math.min(Math.max(highest, 0.1), Math.log(architecture.vocabSize));
  };
  const drawMap = (state: State) => {
    const sample = samples[state.sample];
    const { tokens: table, rows } = model;
    const content = sample && model.sample(state.sample);
    if (sample === undefined || table === undefined || rows === undefined || content === undefined) return;
    tokens = sampleTokens(content, sample, table.textOf);
    const shown = model.shownMeasurements(state).map((position) => ({ position, name: measurements[position]!.name }));
    const limit = top();
    const theme = currentTheme();
    key.draw((t) => highlight(t, theme), '0', decimal(limit, 2));
    const filter = targetFilter(state, table);
    // The targets of a sample, ascending, are those from its first on.
    const targetAt = new Map(Array.from(content.targetRows, (row, i) => [row + 1, sample.firstTarget + i]));
    const matches = filter && (({ position }: SampleToken) => filter(targetAt.get(position) ?? -1));
    map.draw({ detail: content, tokens, shown, top: limit, matches });
    const { reveal } = state;
    if (reveal !== undefined && reveal !== revealed && reveal.sample === state.sample) map.reveal(reveal.position);
    else if (stepped !== undefined) map.stepTarget(stepped);
    revealed = reveal;
    stepped = undefined;
  };
  let drawn: string | undefined;
  let drawnSample: number | undefined;
  return {
    element: html(
      'div',
      { class: 'view entropy-view' },
      list.element,
      frame.element,
      html('div', { class: 'side' }, detail.element, plot.figure.element),
    ),
    draw(state) {
      const { tokens: table, rows } = model;
      const shown = model.shownMeasurements(state);
      boxes.forEach((box, position) => {
        box.checked = shown.includes(position);
      });
      const sought =
        state.filterWord ?? (state.filterToken === undefined ? undefined : table?.textOf.get(state.filterToken));
      filter.hidden = sought === undefined;
      if (sought !== undefined) {
        const clear = link('×', () => store.set({ filterToken: undefined, filterWord: undefined }), 'Clear the filter');
        clear.setAttribute('aria-label', 'Clear the filter');
        const what = state.filterWord === undefined ? 'target is ' : 'target is in ';
        filter.replaceChildren(what, tokenElement(tokenLabel(sought, 24)), clear);
      }
      list.draw(state);
      const content = samples.length > 0 ? model.sample(state.sample) : undefined;
      const ready = table !== undefined && rows !== undefined && content !== undefined;
      const theme = currentTheme();
      const { sample, filterToken, filterWord, reveal } = state;
      const what = JSON.stringify([ready, sample, filterToken, filterWord, shown, theme]);
      if (what !== drawn || reveal !== revealed) {
        drawn = what;
        if (sample !== drawnSample) detail.draw(state, undefined);
        drawnSample = sample;
        drawMap(state);
        plot.draw(state);
      } else plot.draw(state);
      if (ready && state.step !== undefined && state.step !== taken) {
        taken = state.step;
        map.stepTarget(state.step.by);
      }
    },
  };
}
