import { csv } from '../../figures/csv.ts';
import { figure } from '../../figures/figure.ts';
import { tokenInText } from '../../figures/tokens/tokenText.ts';
import { onResize, svg } from '../../page/dom.ts';
import { count, decimal } from '../../page/format.ts';
import type { Page, Part } from '../state/page.ts';
import type { State } from '../state/state.ts';

/* The figure of coverage: prompts that each checkpoint lost and gained against the base. */

const title = 'Coverage against the base';

const rowHeight = 42;
const margin = { top: 22, bottom: 6 } as const;

export function coverageBars(page: Page): Part {
  const { model, store } = page;
  const drawing = svg('svg', { class: 'coverage', role: 'img', 'aria-label': title });
  const coveragesOf = (state: State) =>
    model.shown(state).flatMap((row) => {
      const coverage = model.sampled(row, state)?.coverage ?? null;
      return coverage === null ? [] : [{ name: model.rows[row]!.name, ...coverage }];
    });
  const frame = figure(page, {
    name: 'coverage',
    title,
    drawing: () => ({ svg: drawing }),
    csv: () =>
      csv(
        ['checkpoint', 'both_solve', 'lost', 'gained', 'neither_solves', 'lost_per_gained'],
        coveragesOf(store.state).map(({ name, both, lost, gained, neither, lostPerGained }) => [
          ...[name, both, lost, gained, neither, lostPerGained ?? undefined],
        ]),
      ),
  });
  frame.body.append(drawing);
  let width = 0;
  const redraw = (state: State) => {
    if (width === 0) return;
    const shown = coveragesOf(state);
    const most = Math.max(...shown.map(({ lost, gained }) => Math.max(lost, gained)), 1);
    const middle = width / 2;
    const room = middle - 56;
    const bars = shown.map(({ name, both, lost, gained, neither, lostPerGained }, place) => {
      const top = margin.top + place * rowHeight;
      const [left, right] = [(lost / most) * room, (gained / most) * room];
      const ratio = lostPerGained === null ? 'nothing gained' : `lost / gained ${decimal(lostPerGained, 2)}`;
      return svg(
        'g',
        {},
        svg(
          'text',
          { x: 0, y: top + 12 },
          tokenInText(name, Math.max(Math.floor(width / 16), 10)),
          svg('tspan', { class: 'note' }, ` ${ratio}; both solve ${count(both)}, neither ${count(neither)}`),
        ),
        svg('rect', { class: 'lost', x: middle - left, y: top + 18, width: left, height: 14 }),
        svg('rect', { class: 'gained', x: middle, y: top + 18, width: right, height: 14 }),
        svg('line', { class: 'grid', x1: middle, x2: middle, y1: top + 15, y2: top + 35 }),
        svg('text', { x: middle - left - 5, y: top + 29, 'text-anchor': 'end' }, `−${count(lost)}`),
        svg('text', { x: middle + right + 5, y: top + 29 }, `+${count(gained)}`),
      );
    });
    const height = margin.top + shown.length * rowHeight + margin.bottom;
    drawing.setAttribute('width', String(width));
    drawing.setAttribute('height', String(height));
    drawing.setAttribute(
      'aria-label',
      shown.map(({ name, lost, gained }) => `${name}: ${lost} prompts lost, ${gained} gained`).join('; '),
    );
    drawing.replaceChildren(
      svg('text', { class: 'axis', x: middle - 8, y: 12, 'text-anchor': 'end' }, '← lost prompts'),
      svg('text', { class: 'axis', x: middle + 8, y: 12 }, 'gained prompts →'),
      ...bars,
    );
  };
  onResize(frame.body, (next) => {
    width = next;
    redraw(store.state);
  });
  return {
    element: frame.element,
    draw(state) {
      const { samples } = model.sampling!;
      frame.caption.textContent = `Prompts that the base solves at least once in ${count(samples)} answers and the checkpoint never (lost), and the other way round (gained); sampled at ${model.temperatureName(state.temperature)}. A prompt solved by luck counts too.`;
      redraw(state);
    },
  };
}
