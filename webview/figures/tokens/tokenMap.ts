import type { SampleDetail } from '../../../src/protocol/inspector.ts';
import { html, onResize } from '../../page/dom.ts';
import { decimal } from '../../page/format.ts';
import { currentTheme, highlight, type Theme, textOn } from '../../page/theme.ts';
import { VirtualList } from '../../page/virtualList.ts';
import type { SampleToken } from './sampleTokens.ts';
import { lineOf, tokenLines } from './tokenLines.ts';
import { sheetDrawing } from './tokenSheet.ts';

/* Draws a text as tokens coloured by entropy, under one checkpoint or several. */

const lineHeight = 22;
const columnGap = 16;
const padding = 8;
/** Narrower columns are stacked instead, each line of one checkpoint under that of the other. */
const leastColumn = 190;
/** Between stacked lines of a text. */
const stackGap = 8;
/** Characters of a checkpoint's name before a stacked line. */
const nameLength = 13;

/** A checkpoint's name before its line, cut in the middle: names differ at their ends. */
function rowName(name: string): string {
  const characters = [...name];
  if (characters.length <= nameLength) return name;
  return `${characters.slice(0, 5).join('')}…${characters.slice(-7).join('')}`;
}

export interface TokenMapContent {
  readonly detail: SampleDetail;
  readonly tokens: readonly SampleToken[];
  /** Positions of the measurements shown, and their names. */
  readonly shown: readonly { readonly position: number; readonly name: string }[];
  /** Entropy at the top of the scale, nats. */
  readonly top: number;
  /** Which targets are looked for; undefined: all of them. */
  readonly matches: ((target: SampleToken) => boolean) | undefined;
}

/** What a map of tokens tells. */
export interface TokenMapEvents {
  /** The token under the pointer or the keys. */
  readonly onActive: (token: SampleToken | undefined) => void;
  /** There is no target further on (1) or back (−1) in this text. */
  readonly onBeyond?: (step: 1 | -1) => void;
}

/**
 * A text once for every checkpoint, broken alike, each token coloured by the entropy of the row that predicts it.
 * Only lines in sight are drawn, so the length of the text does not matter.
 */
export class TokenMap {
  readonly element: HTMLElement;
  readonly #heads = html('div', { class: 'map-heads' });
  readonly #scroller = html('div', { class: 'scroller', role: 'listbox', tabindex: 0 });
  readonly #list: VirtualList;
  readonly #events: TokenMapEvents;
  readonly #widths = new Map<string, number>();
  #content: TokenMapContent | undefined;
  #lines: readonly number[] = [0];
  #active: number | undefined;
  #theme: Theme = currentTheme();
  #columns = 1;
  /** Room for names before stacked lines, pixels. */
  #gutter = 0;

  constructor(events: TokenMapEvents) {
    this.#events = events;
    this.element = html('div', { class: 'token-map' }, this.#heads, this.#scroller);
    this.#list = new VirtualList(this.#scroller, (line) => this.#line(line));
    onResize(this.#scroller, () => this.#breakLines());
    const over = ({ target }: Event) => {
      const position =
        target instanceof HTMLElement ? target.closest<HTMLElement>('[data-token]')?.dataset['token'] : undefined;
      if (position !== undefined) this.#activate(Number(position), false);
    };
    this.#scroller.addEventListener('pointerover', over);
    this.#scroller.addEventListener('click', over);
    this.#scroller.addEventListener('focus', () => {
      if (this.#active === undefined) this.#activate(this.#firstMeasured(), true);
    });
    this.#scroller.addEventListener('keydown', (event) => this.#key(event));
  }

  /** The sample whose text is drawn; undefined before the first is. */
  get sample(): number | undefined {
    return this.#content?.detail.index;
  }

  #firstMeasured(): number {
    return Math.max(this.#content?.tokens.findIndex(({ row }) => row !== undefined) ?? 0, 0);
  }

  #key(event: KeyboardEvent): void {
    const { tokens } = this.#content ?? { tokens: [] };
    if (tokens.length === 0) return;
    const at = this.#active ?? 0;
    const line = lineOf(this.#lines, at);
    const inLine = at - this.#lines[line]!;
    const toLine = (to: number) => {
      const clamped = Math.min(Math.max(to, 0), this.#lines.length - 1);
      const start = this.#lines[clamped]!;
      const end = this.#lines[clamped + 1] ?? tokens.length;
      return Math.min(start + inLine, end - 1);
    };
    const moves: Readonly<Record<string, () => number>> = {
      ArrowLeft: () => at - 1,
      ArrowRight: () => at + 1,
      ArrowUp: () => toLine(line - 1),
      ArrowDown: () => toLine(line + 1),
      Home: () => 0,
      End: () => tokens.length - 1,
    };
    // From target to target, as tools of this kind do with n and p.
    const step = event.key === 'n' ? 1 : event.key === 'p' ? -1 : undefined;
    if (step !== undefined && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.stepTarget(step);
      return;
    }
    const move = moves[event.key];
    if (move === undefined || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#activate(Math.min(Math.max(move(), 0), tokens.length - 1), true);
  }

  #activate(position: number, scroll: boolean): void {
    if (position === this.#active && !scroll) return;
    this.#active = position;
    for (const token of this.#scroller.querySelectorAll('.active')) token.classList.remove('active');
    if (scroll) this.#list.scrollTo(lineOf(this.#lines, position));
    for (const token of this.#scroller.querySelectorAll(`[data-token="${position}"]`)) token.classList.add('active');
    this.#scroller.setAttribute('aria-activedescendant', `token-${position}`);
    this.#events.onActive(this.#content?.tokens[position]);
  }

  /** Goes to the next target (1) or the one before (−1) that is looked for; past the last, says so. */
  stepTarget(step: 1 | -1): void {
    const { tokens, matches } = this.#content ?? { tokens: [], matches: undefined };
    const start = this.#active ?? (step > 0 ? -1 : tokens.length);
    for (let i = start + step; i >= 0 && i < tokens.length; i += step) {
      const token = tokens[i]!;
      if (!token.target || matches?.(token) === false) continue;
      this.#activate(i, true);
      return;
    }
    this.#events.onBeyond?.(step);
  }

  /** Shows a token (chosen elsewhere) and makes it the active one. */
  reveal(position: number): void {
    this.#activate(position, true);
  }

  draw(content: TokenMapContent): void {
    const another = content.detail.index !== this.#content?.detail.index;
    this.#content = content;
    this.#theme = currentTheme();
    if (another) {
      this.#active = undefined;
      this.#list.scrollToTop();
    }
    const names = content.shown.map(({ name }) => name).join(' and ');
    this.#scroller.setAttribute('aria-label', `Tokens coloured by entropy under ${names}`);
    this.#breakLines();
  }

  #breakLines(): void {
    const content = this.#content;
    const room = this.#scroller.clientWidth - 2 * padding;
    if (content === undefined || room <= 0) return;
    const shown = Math.max(content.shown.length, 1);
    const beside = (room - (shown - 1) * columnGap) / shown;
    this.#columns = beside >= leastColumn ? shown : 1;
    const stacked = this.#columns < shown;
    this.element.style.setProperty('--map-columns', String(this.#columns));
    this.element.classList.toggle('stacked', stacked);
    this.#heads.replaceChildren(...content.shown.map(({ name }) => html('div', {}, html('bdi', {}, name))));
    const context = document.createElement('canvas').getContext('2d')!;
    const style = getComputedStyle(this.#scroller);
    context.font = `12px ${style.fontFamily}`;
    this.#gutter = stacked
      ? Math.ceil(Math.max(...content.shown.map(({ name }) => context.measureText(rowName(name)).width))) + 10
      : 0;
    this.element.style.setProperty('--gutter', `${this.#gutter}px`);
    const width = this.#columns === 1 ? room - this.#gutter : Math.floor(beside);
    context.font = `${style.fontSize} ${style.fontFamily}`;
    const widths = content.tokens.map(({ text }) => {
      const key = `${context.font} ${text}`;
      let known = this.#widths.get(key);
      if (known === undefined) {
        known = context.measureText(text).width + 1;
        this.#widths.set(key, known);
      }
      return known;
    });
    this.#lines = tokenLines(widths, (token) => content.tokens[token]!.endsLine, width);
    this.#list.reset(this.#lines.length, (line) =>
      stacked && this.#measured(line) ? lineHeight * shown + stackGap : lineHeight,
    );
  }

  #tokensOf(line: number): readonly SampleToken[] {
    return this.#content!.tokens.slice(this.#lines[line]!, this.#lines[line + 1]);
  }

  /** Whether the line differs between checkpoints: what is no response does not. */
  #measured(line: number): boolean {
    return this.#tokensOf(line).some(({ row }) => row !== undefined);
  }

  #line(line: number): HTMLElement {
    const tokens = this.#tokensOf(line);
    const { shown } = this.#content!;
    const stacked = this.#columns < shown.length;
    const once = stacked && !this.#measured(line);
    return html(
      'div',
      { class: 'line', role: 'presentation' },
      ...shown
        .slice(0, once ? 1 : undefined)
        .map((column, place) =>
          html(
            'div',
            { class: 'column', 'aria-hidden': place > 0 ? 'true' : undefined, role: 'presentation' },
            stacked &&
              html(
                'bdi',
                { class: 'row-name', title: column.name, 'aria-hidden': 'true' },
                once ? '' : rowName(column.name),
              ),
            ...tokens.map((token) => this.#token(token, column.position, place === 0)),
          ),
        ),
    );
  }

  #token(token: SampleToken, measurement: number, primary: boolean): HTMLElement {
    const { detail, top, matches, shown } = this.#content!;
    const { position, row, target, text } = token;
    const found = matches === undefined ? undefined : target && matches(token);
    const element = html(
      'bdi',
      {
        class: [
          'tok',
          row === undefined ? 'unmeasured' : '',
          target ? 'target' : '',
          found === false ? 'dim' : found === true ? 'found' : '',
          position === this.#active ? 'active' : '',
        ]
          .filter((name) => name !== '')
          .join(' '),
        dir: 'ltr',
        'data-token': position,
      },
      text,
    );
    const entropy = row === undefined ? undefined : detail.measures[measurement]!.entropy[row]!;
    if (entropy !== undefined) {
      const t = entropy / top;
      const fill = t < 0.03 ? '' : highlight(t, this.#theme);
      element.style.backgroundColor = fill;
      if (fill !== '') element.style.color = textOn(fill);
      // In high contrast the entropy is a bar's height as well as a colour.
      if (this.#theme.highContrast) element.style.borderBottomWidth = `${Math.round(Math.min(t, 1) * 5)}px`;
    }
    if (primary) {
      element.id = `token-${position}`;
      element.setAttribute('role', 'option');
      element.setAttribute('aria-selected', String(position === this.#active));
      const entropies = shown.map(
        ({ position: own, name }) => `${name} ${decimal(detail.measures[own]!.entropy[row ?? 0] ?? 0, 2)}`,
      );
      element.setAttribute(
        'aria-label',
        row === undefined
          ? `${text}, no part of a response`
          : `${text}${target ? ', target' : ''}, entropy ${entropies.join(', ')} nats`,
      );
    }
    return element;
  }

  /** The whole text as one drawing, for export; to be removed from the page when done. */
  drawing(): { readonly svg: SVGSVGElement; readonly done: () => void } {
    const sheet = html('div', { class: 'token-map sheet' });
    sheet.style.setProperty('--map-columns', String(this.#columns));
    sheet.style.setProperty('--gutter', `${this.#gutter}px`);
    sheet.style.width = `${this.#scroller.clientWidth}px`;
    const stacked = this.element.classList.contains('stacked');
    sheet.classList.toggle('stacked', stacked);
    const lines = this.#content === undefined ? [] : this.#lines.map((_, line) => this.#line(line));
    // Lines under each other have their names beside them.
    sheet.append(...(stacked ? [] : [this.#heads.cloneNode(true)]), ...lines);
    document.body.append(sheet);
    const drawing = sheetDrawing(sheet, getComputedStyle(this.#scroller).fontFamily);
    return { svg: drawing, done: () => sheet.remove() };
  }
}
