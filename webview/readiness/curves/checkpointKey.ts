import { keyPicture, lineLook } from '../../figures/pairColours.ts';
import { html } from '../../page/dom.ts';
import type { Page, Part } from '../state/page.ts';

/* The key of all figures: which line is which checkpoint, and which are drawn. */

/** A button a checkpoint, which hides and shows it in figures and in the list of prompts. */
export function checkpointKey({ model, store }: Page): Part {
  const toggles = model.rows.map(({ name, isBase }, row) => {
    const toggle = html(
      'button',
      { type: 'button', class: 'toggle' },
      keyPicture(lineLook(row)),
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
