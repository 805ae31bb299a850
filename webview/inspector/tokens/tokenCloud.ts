import { extent, randomLcg, scaleSqrt } from 'd3';
import cloud from 'd3-cloud';
import { type Figure, figure } from '../../figures/figure.ts';
import { legend } from '../../figures/legend.ts';
import { tokenLabel } from '../../figures/tokens/tokenText.ts';
import { dropdown, onResize, svg } from '../../page/dom.ts';
import { count, decimal } from '../../page/format.ts';
import { currentTheme, sequentialText } from '../../page/theme.ts';
import { labelParts } from '../../page/tokenElement.ts';
import type { Page } from '../state/page.ts';
import type { State } from '../state/state.ts';
import { type Entry, entriesOf, isChosen } from './entries.ts';
import { entriesCsv } from './entriesCsv.ts';

/* The figure of the targets' words, or tokens, as a word cloud. */

/** More words are too small to read; the table has them all. */
const mostWords = 150;
/** Characters of a word before it is cut. */
const wordLength = 32;
/** Below this size of the largest word, pixels, what has no place is left to the table. */
const smallestBiggest = 14;
/** The same words give the same cloud. */
const seed = 20260609;

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Word extends cloud.Word {
  readonly entry: Entry;
}

/** The layout leaves room at the edges: puts the words' middle in the drawing's and widens them to it. */
function fillingTransform([width, height]: readonly [number, number], bounds: readonly Point[] | undefined): string {
  const [from, to] = bounds ?? [];
  if (from === undefined || to === undefined || to.x <= from.x || to.y <= from.y)
    return `translate(${width / 2},${height / 2})`;
  // Bounds count from the layout's corner, words from its middle.
  const scale = Math.min((0.98 * width) / (to.x - from.x), (0.98 * height) / (to.y - from.y), 2);
  const [x, y] = [(from.x + to.x - width) / 2, (from.y + to.y - height) / 2];
  return `translate(${width / 2},${height / 2}) scale(${scale}) translate(${-x},${-y})`;
}

/** Selected tokens as a word cloud (Fig. 8 of the paper); a word opens its contexts and filters the entropy map. */
export function tokenCloud(
  page: Page,
  choose: (entry: Entry) => void,
): { readonly figure: Figure; draw(state: State): void } {
  const { model, store, tooltip } = page;
  let size: readonly [number, number] = [0, 0];
  let laidOut: string | undefined;
  let words: readonly Word[] = [];
  let filling = '';
  let running: ReturnType<typeof cloud<Word>> | undefined;
  const group = svg('g', { 'data-close': '' });
  const drawing = svg('svg', { class: 'cloud', role: 'group', 'aria-label': 'Word cloud of selected tokens' }, group);
  const frame = figure(page, {
    name: 'token-cloud',
    title: 'Selected tokens',
    caption: '',
    drawing: () => ({ svg: drawing }),
    csv: () => entriesCsv(model.tokens === undefined ? [] : entriesOf(store.state, model.tokens)),
  });
  const measure = dropdown(
    'Size by',
    [
      ['count', 'times a target'],
      ['gap', 'mean entropy gap'],
    ],
    (wordMeasure) => store.set({ wordMeasure }),
  );
  const grouping = dropdown(
    'Group by',
    [
      ['word', 'word'],
      ['token', 'token'],
    ],
    (tokenGrouping) => store.set({ tokenGrouping, filterToken: undefined, filterWord: undefined }),
  );
  const key = legend('');
  const keyLabel = key.element.firstElementChild!;
  frame.controls.append(grouping.element, measure.element, key.element);
  frame.body.append(drawing);

  const paint = () => {
    const { state } = store;
    const theme = currentTheme();
    const other = ({ entry }: Word) => (state.wordMeasure === 'count' ? entry.meanGap : entry.count);
    const [least = 0, most = 1] = extent(words, other);
    const shade = (word: Word) => (most === least ? 1 : (other(word) - least) / (most - least));
    const colour = (t: number) => sequentialText(t, theme);
    keyLabel.textContent = state.wordMeasure === 'count' ? 'gap (nats)' : 'times a target';
    const shown = (value: number) => (state.wordMeasure === 'count' ? decimal(value, 2) : count(value));
    key.draw(colour, shown(least), shown(most));
    group.setAttribute('transform', filling);
    group.replaceChildren(
      ...words.map((word, place) => {
        const { entry, x, y, size: fontSize } = word;
        const chosen = isChosen(entry, state);
        const label = tokenLabel(entry.text, wordLength);
        const parts = labelParts(label);
        const quiet = parts.some(({ space }) => !space);
        const text = svg(
          'text',
          {
            class: chosen ? 'word selected' : 'word',
            x,
            y,
            'text-anchor': 'middle',
            direction: 'ltr',
            role: 'button',
            tabindex: place === 0 ? 0 : -1,
            'data-place': place,
            'aria-pressed': String(chosen),
            'aria-label': `${tokenLabel(entry.text)}, ${entry.count} times a target, mean gap ${decimal(entry.meanGap)} nats`,
          },
          ...parts.map(({ text: part, space }) => (space && quiet ? svg('tspan', { class: 'space' }, part) : part)),
        );
        text.style.fontSize = `${fontSize}px`;
        text.style.fill = colour(shade(word));
        return text;
      }),
    );
  };
  /** @param biggest font size of the largest word, pixels */
  const layOut = (biggest = Math.min(size[0] / 9, 64)) => {
    const { state } = store;
    const { tokens } = model;
    const [width, height] = size;
    if (tokens === undefined || width === 0) return;
    const all = entriesOf(state, tokens);
    const value = (entry: Entry) => (state.wordMeasure === 'count' ? entry.count : entry.meanGap);
    const largest = [...all].sort((a, b) => value(b) - value(a) || a.ids[0]! - b.ids[0]!).slice(0, mostWords);
    const what =
      state.tokenGrouping === 'word'
        ? 'Words that the gold tokens at the targets are pieces of'
        : 'Gold tokens at the targets';
    frame.caption.textContent =
      `${what}${all.length > mostWords ? `, the first ${mostWords} of ${count(all.length)}` : ''}. ` +
      'Choosing one opens its contexts.';
    const font = getComputedStyle(drawing).fontFamily;
    const sizes = scaleSqrt()
      .domain([0, Math.max(...largest.map(value), Number.MIN_VALUE)])
      .range([Math.min(9, biggest), biggest]);
    running?.stop();
    running = cloud<Word>()
      .size([width, height])
      .words(largest.map((entry) => ({ entry, text: tokenLabel(entry.text, wordLength) })))
      .font(font)
      .fontSize(({ entry }) => sizes(value(entry)))
      .padding(2)
      .rotate(0)
      .random(randomLcg(seed))
      .timeInterval(20)
      .on('end', (placed, bounds) => {
        // The layout drops what finds no place, and may drop the largest.
        if (placed.length < largest.length && biggest > smallestBiggest) {
          layOut(0.8 * biggest);
          return;
        }
        drawing.removeAttribute('aria-busy');
        words = placed;
        filling = fillingTransform(size, bounds);
        paint();
      });
    drawing.setAttribute('aria-busy', 'true');
    running.start();
  };
  const wordOf = (target: EventTarget | null) => {
    const place = target instanceof SVGElement ? target.closest<SVGElement>('.word')?.dataset['place'] : undefined;
    return place === undefined ? undefined : words[Number(place)];
  };
  const show = ({ target }: Event) => {
    const word = wordOf(target);
    if (word === undefined) return tooltip.hide();
    const { text, id, ids, count: times, meanGap } = word.entry;
    tooltip.show((target as Element).closest('text')!, tokenLabel(text), [
      id === undefined ? ['tokens that are targets', count(ids.length)] : ['token id', String(id)],
      ['times a target', count(times)],
      ['mean entropy gap', `${decimal(meanGap)} nats`],
    ]);
  };
  group.addEventListener('pointerover', show);
  group.addEventListener('focusin', show);
  group.addEventListener('pointerout', () => tooltip.hide());
  group.addEventListener('focusout', () => tooltip.hide());
  group.addEventListener('click', ({ target }) => {
    const word = wordOf(target);
    if (word !== undefined) choose(word.entry);
  });
  group.addEventListener('keydown', (event) => {
    const at = words.indexOf(wordOf(event.target)!);
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (event.key === 'Enter' || event.key === ' ') choose(words[at]!.entry);
    else if (step !== undefined) {
      const next = group.children[Math.min(Math.max(at + step, 0), words.length - 1)] as SVGElement;
      for (const word of group.children) word.setAttribute('tabindex', '-1');
      next.setAttribute('tabindex', '0');
      next.focus();
    } else return;
    event.preventDefault();
  });
  onResize(frame.body, (width, height) => {
    size = [width, Math.max(height, 220)];
    drawing.setAttribute('width', String(size[0]));
    drawing.setAttribute('height', String(size[1]));
    layOut();
  });
  return {
    figure: frame,
    draw(state) {
      measure.set(state.wordMeasure);
      grouping.set(state.tokenGrouping);
      const key = `${state.wordMeasure} ${state.tokenGrouping} ${model.tokens === undefined}`;
      if (key !== laidOut) {
        laidOut = key;
        layOut();
      } else paint();
    },
  };
}
