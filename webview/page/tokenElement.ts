import { html } from './dom.ts';

/* A token or a word by itself, with the marks of its spaces drawn quietly. */

/** Parts of a label: marks of spaces, and what stands between them. */
export function labelParts(label: string): readonly { readonly text: string; readonly space: boolean }[] {
  return (label.match(/␣+|[^␣]+/g) ?? []).map((text) => ({ text, space: text.startsWith('␣') }));
}

/** A label of `tokenLabel` that cannot reorder its surroundings; what stands for spaces is fainter than the rest. */
export function tokenElement(label: string): HTMLElement {
  const parts = labelParts(label);
  // A token of spaces alone has nothing else to be seen by.
  const quiet = parts.some(({ space }) => !space);
  return html(
    'bdi',
    { class: 'token', dir: 'ltr' },
    ...parts.map(({ text, space }) => (space && quiet ? html('span', { class: 'space' }, text) : text)),
  );
}
