import { button, html } from '../page/dom.ts';
import { rhoText, significant } from '../page/format.ts';
import type { Page } from './state/page.ts';

/* How far a measuring without a commit is, and *Cancel*; and how the page names a place of rho and alpha. */

/** A place in words: `ρ 1 %, α 0.5`. */
export function placeText({ rho, alpha }: { readonly rho: number; readonly alpha: number }): string {
  return `${rho === 0 ? 'fusion only' : `ρ ${rhoText(rho)}`}, α ${significant(alpha, 3)}`;
}

/** A bar, what is done, and a button that stops it; hidden while nothing is measured. */
export function jobProgress({ model, host }: Page): { readonly element: HTMLElement; draw(): void } {
  const bar = html('progress', { max: 1, 'aria-label': 'Measuring' });
  const status = html('span', { class: 'muted', role: 'status' });
  const cancel = button('Cancel', () => host.act({ name: 'cancel' }));
  const parts = html('span', { class: 'job', hidden: true }, bar, cancel);
  return {
    element: html('span', { class: 'job' }, parts, status),
    draw() {
      const { job } = model.measured;
      parts.hidden = job === undefined;
      if (job?.fraction === undefined) bar.removeAttribute('value');
      else bar.value = job.fraction;
      const what = job?.at === undefined ? 'Sweeping' : `Measuring ${placeText(job.at)}`;
      const text = job === undefined ? '' : `${what}: ${job.text}`;
      if (status.textContent !== text) status.textContent = text;
    },
  };
}
