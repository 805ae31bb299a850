import { comparedText, shapesText, unsharedGroups } from '../../../src/record/comparison/unsharedGroups.ts';
import { html } from '../../page/dom.ts';
import type { Model } from '../state/model.ts';

/* What a comparison says besides its figures: tensors that not all checkpoints have, and the record's notes. */

/** The table of tensors that not all checkpoints have, or not whole; undefined where there is none. */
export function unsharedView(model: Model): HTMLElement | undefined {
  const groups = unsharedGroups(model.record);
  if (groups.length === 0) return undefined;
  const heads = ['module', 'layers', 'tensors', 'shapes', 'compared'];
  const row = (cells: readonly string[]) =>
    html('tr', {}, ...cells.map((text, i) => html('td', { class: i === 2 ? 'number' : '' }, html('bdi', {}, text))));
  return html(
    'section',
    { class: 'figure unshared', 'aria-label': 'Not in all checkpoints' },
    html('header', {}, html('h2', {}, 'Not in all checkpoints')),
    html(
      'div',
      { class: 'scrolls', tabindex: 0, role: 'region', 'aria-label': 'Table of what not all checkpoints have' },
      html(
        'table',
        { class: 'series-table' },
        html(
          'thead',
          {},
          html('tr', {}, ...heads.map((head, i) => html('th', { scope: 'col', class: i === 2 ? 'number' : '' }, head))),
        ),
        html(
          'tbody',
          {},
          ...groups.map((group) =>
            row([
              group.module,
              group.layers === '' ? '–' : group.layers,
              String(group.tensors),
              shapesText(group, (checkpoint) => model.name(checkpoint)),
              comparedText(group),
            ]),
          ),
        ),
      ),
    ),
  );
}

/** The record's notes: what differs, was cut or left out; undefined where there are none. */
export function notesView({ record: { notes } }: Model): HTMLElement | undefined {
  if (notes.length === 0) return undefined;
  return html(
    'section',
    { class: 'figure', 'aria-label': 'Notes' },
    html('header', {}, html('h2', {}, 'Notes')),
    html('ul', { class: 'notes' }, ...notes.map((note) => html('li', {}, html('bdi', {}, note)))),
  );
}
