import { scaleLinear, scaleLog } from 'd3';
import { responseRows } from '../../../src/method/responseRows.ts';
import { type Scale, scales } from '../../figures/colourScale.ts';
import { csv } from '../../figures/csv.ts';
import { type Figure, figure } from '../../figures/figure.ts';
import { tokenJson, tokenLabel } from '../../figures/tokens/tokenText.ts';
import { dropdown, html, onResize, svg } from '../../page/dom.ts';
import { decimal, score } from '../../page/format.ts';
import type { Page } from '../state/page.ts';
import type { State } from '../state/state.ts';
import { allNextTokens, keptNextTokens, leastKept, type NextToken } from './nextTokens.ts';

/* The figure of next tokens: what each checkpoint expects at one position of a text. */

const title = 'Next token';

const rowHeight = 20;
const head = 34;
const labelWidth = 132;
const gap = 14;
const leastColumn = 96;
/** A logarithmic bar begins here. */
const leastProbability = 1e-8;

/** Next-token distributions of all checkpoints at one position, side by side (Fig. 6 of the paper). */
export function distributionFigure(page: Page): { readonly figure: Figure; draw(state: State): void } {
  const { model, store, host } = page;
  const { checkpoints, output } = model.record;
  let width = 0;
  let tokens: readonly NextToken[] = [];
  /** What a probability that was not kept is at most, a checkpoint each. */
  let most: readonly number[] = [];
  const drawing = svg('svg', { class: 'distribution', role: 'img', 'aria-label': title });
  const frame = figure(page, {
    name: 'next-token',
    title,
    drawing: () => ({ svg: drawing }),
    csv: () =>
      csv(
        ['id', 'token_json', 'gold', ...checkpoints.map(({ name }) => `probability_${name}`)],
        tokens.map(({ id, text, gold, probabilities }) => [id, tokenJson(text), gold, ...probabilities]),
      ),
  });
  const scaleChoice = dropdown(
    'Scale',
    scales.map((name) => [name, name] as const),
    (distributionScale) => store.set({ distributionScale }),
  );
  const full = html('vscode-checkbox', { label: 'All probabilities, by the engine' });
  full.addEventListener('change', () => {
    if (!full.checked) host.act({ name: 'cancelDistribution' });
    store.set({ full: full.checked });
  });
  const busy = html(
    'span',
    { class: 'busy', hidden: true },
    html('vscode-progress-ring', {}),
    'running the checkpoints…',
  );
  frame.controls.append(scaleChoice.element, full, busy);
  const empty = html(
    'p',
    { class: 'empty' },
    'Click a response token, or move to it with the arrow keys and press Enter.',
  );
  frame.body.append(empty, drawing);

  const redraw = (state: State, entropies: readonly number[]) => {
    if (width === 0) return;
    const across = Math.max(1, Math.min(checkpoints.length, Math.floor((width - labelWidth) / (leastColumn + gap))));
    const each = (width - labelWidth - across * gap) / across;
    const block = head + tokens.length * rowHeight + 12;
    const linear = scaleLinear([0, 1], [0, each - 46]).clamp(true);
    const log = scaleLog([leastProbability, 1], [0, each - 46]).clamp(true);
    const length = (value: number) =>
      state.distributionScale === 'log' ? log(Math.max(value, leastProbability)) : linear(value);
    const blocks = Math.ceil(checkpoints.length / across);
    drawing.setAttribute('width', String(width));
    drawing.setAttribute('height', String(blocks * block));
    drawing.setAttribute(
      'aria-label',
      tokens
        .slice(0, 5)
        .map(
          ({ text, gold, probabilities }) =>
            `${tokenLabel(text)}${gold ? ' (gold)' : ''}: ${checkpoints
              .map(({ name }, i) => `${name} ${shownProbability(probabilities[i], most[i], 'linear')}`)
              .join(', ')}`,
        )
        .join('; '),
    );
    const labels = Array.from({ length: blocks }, (_, row) =>
      tokens.map(({ text, gold }, place) =>
        svg(
          'text',
          {
            class: gold ? 'token-name gold' : 'token-name',
            x: labelWidth - 8,
            y: row * block + head + (place + 0.5) * rowHeight,
            'text-anchor': 'end',
            'dominant-baseline': 'central',
          },
          `${gold ? '● ' : ''}${tokenLabel(text, 14)}`,
        ),
      ),
    );
    const columns = checkpoints.map(({ name }, position) => {
      const left = labelWidth + (position % across) * (each + gap);
      const top = Math.floor(position / across) * block;
      return svg(
        'g',
        { transform: `translate(${left},${top})` },
        svg('text', { class: 'panel-title', x: 0, y: 12 }, shortened(name, each / 7)),
        svg('text', { class: 'axis', x: 0, y: 26 }, `entropy ${decimal(entropies[position] ?? 0, 3)}`),
        svg('line', { class: 'grid', x1: 0, x2: 0, y1: head, y2: block - 12 }),
        ...tokens.flatMap(({ probabilities, gold }, place) => {
          const value = probabilities[position];
          const y = head + place * rowHeight;
          const text = svg(
            'text',
            {
              class: 'axis',
              x: value === undefined ? 4 : length(value) + 4,
              y: y + rowHeight / 2,
              'dominant-baseline': 'central',
            },
            shownProbability(value, most[position], state.distributionScale),
          );
          return value === undefined
            ? [text]
            : [
                svg('rect', {
                  class: gold ? 'bar gold' : 'bar',
                  x: 0,
                  y: y + 3,
                  width: Math.max(length(value), 0.5),
                  height: rowHeight - 6,
                }),
                text,
              ];
        }),
      );
    });
    drawing.replaceChildren(...labels.flat(), ...columns);
  };
  let last: { readonly state: State; readonly entropies: readonly number[] } | undefined;
  onResize(frame.body, (next) => {
    width = next;
    if (last !== undefined) redraw(last.state, last.entropies);
  });
  return {
    figure: frame,
    draw(state) {
      scaleChoice.set(state.distributionScale);
      full.checked = state.full;
      const known = model.sample(state.sample);
      const place = output?.samples[state.sample];
      const ready = known !== undefined && 'part' in known && place !== undefined && state.row !== undefined;
      empty.hidden = ready;
      drawing.toggleAttribute('hidden', !ready);
      busy.hidden = true;
      if (!ready || output === undefined || state.row === undefined) {
        tokens = [];
        frame.caption.textContent = '';
        return;
      }
      const sample = known.part;
      const row = responseRows(place.responses)[state.row]!;
      const gold = sample.ids[row + 1]!;
      tokens = keptNextTokens(sample, state.row, output.topTokens, gold);
      most = leastKept(sample, state.row, output.topTokens);
      let entropies = sample.measures.map(({ entropy }) => entropy[state.row!]!);
      let caption = `The ${output.topTokens} most likely tokens of each checkpoint, as the record kept them. ● the gold token.`;
      if (state.full) {
        const answer = model.distribution(state.sample, row);
        busy.hidden = answer !== undefined;
        if (answer !== undefined && 'fault' in answer) caption = answer.fault;
        else if (answer !== undefined) {
          tokens = allNextTokens(answer.part);
          entropies = [...answer.part.entropy];
          caption =
            'Probabilities of the whole vocabulary by the engine; the most likely tokens of any checkpoint. ● the gold token.';
        }
      }
      frame.caption.textContent = caption;
      last = { state, entropies };
      redraw(state, entropies);
    },
  };
}

function shownProbability(value: number | undefined, most: number | undefined, scale: Scale): string {
  if (value === undefined) return `≤ ${score(most ?? 1)}`;
  return scale === 'log' || (value > 0 && value < 0.0005) ? score(value) : decimal(value, 3);
}

function shortened(text: string, room: number): string {
  const limit = Math.max(Math.floor(room), 5);
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}
