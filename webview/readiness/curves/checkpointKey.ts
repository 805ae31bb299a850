import { lineLook } from '../../figures/pairColours.ts';
import { html, svg } from '../../page/dom.ts';
import type { Page, Part } from '../state/page.ts';

/* The key of all figures: which line is which checkpoint, and which are drawn. */

/** A short piece of a row's line. */
export function lineSample(row: number, x = 0, y = 5): SVGLineElement {
  const { colour, dash } = lineLook(row);
  const stroke = svg('line', {
    x1: x,
    x2: x + 26,
    y1: y,
    y2: y,
    'stroke-width': 2,
    'stroke-dasharray': dash || undefined,
  });
  stroke.style.stroke = colour;
  return stroke;
}

/** A button a checkpoint, which hides and shows it in figures and in the list of prompts. */
export function checkpointKey({ model, store }: Page): Part {
  const toggles = model.rows.map(({ name, isBase }, row) => {
    const sample = svg('svg', { width: 26, height: 10, 'aria-hidden': 'true' }, lineSample(row));
    const toggle = html(
      'button',
      { type: 'button', class: 'toggle' },
      sample,
      html('bdi', {}, name),
      isBase && name !== 'base' && html('span', { class: 'muted' }, 'base'),
    );
    toggle.addEventListener('click', () => {
      const { state } = store;
      const hidden = state.hidden.includes(row) ? state.hidden.filter((each) => each !== row) : [...state.hidden, row];
      // One at least stays.
      if (hidden.length < model.rows.length) store.set({ hidden });
    });
    return toggle;
  });
  const element = html(
    'div',
    { class: 'checkpoint-key', role: 'group', 'aria-label': 'Checkpoints shown in figures and prompts' },
    html('span', { class: 'muted' }, 'Shown below'),
    ...toggles,
  );
  return {
    element,
    draw({ hidden }) {
      for (const [row, toggle] of toggles.entries()) toggle.setAttribute('aria-pressed', String(!hidden.includes(row)));
    },
  };
}
