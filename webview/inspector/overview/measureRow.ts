import type { Measurement } from '../../../src/record/run/runRecord.ts';
import type { MeasuredPoint } from '../../../src/record/sweep/sweepRecord.ts';
import { button, html, link } from '../../page/dom.ts';
import { jobProgress, placeText } from '../jobProgress.ts';
import type { Model } from '../state/model.ts';
import type { Page } from '../state/page.ts';
import type { State } from '../state/state.ts';

/* What a commit at the rho and alpha that are set would give: its row among the measured checkpoints, and *Measure*. */

/** The row's name in figures: it goes with the slider. */
export const thisPlace = 'at this ρ, α';

type Place = Pick<MeasuredPoint, 'rho' | 'alpha'>;

/** The checkpoint that was committed and verified at this place, in the SFT's own dtype: those are the same figures. */
function committed({ record }: Model, { rho, alpha }: Place): Measurement | undefined {
  const folders = record.checkpoints
    .filter((each) => each.rho === rho && each.alpha === alpha)
    .map((each) => each.folder);
  return record.measurements.slice(2).find(({ folder }) => folders.includes(folder));
}

/** What is known of the place that is set. */
export type AtPlace =
  | { readonly type: 'unmeasured' }
  | { readonly type: 'point'; readonly point: MeasuredPoint }
  /** Its row is there anyway. */
  | { readonly type: 'committed'; readonly measurement: Measurement };

export function atPlace(model: Model, state: State): AtPlace {
  const place = { rho: model.rho(state), alpha: model.alpha(state) };
  const measurement = committed(model, place);
  if (measurement !== undefined) return { type: 'committed', measurement };
  const point = model.measured.at(place);
  return point === undefined ? { type: 'unmeasured' } : { type: 'point', point };
}

/** The line under the figure: what is measured at this rho and alpha, the button that does, and its progress. */
export function measureLine(page: Page): { readonly element: HTMLElement; draw(state: State): void } {
  const { model, store, host } = page;
  const text = html('span', {});
  const measure = button('Measure', () => {
    const { state } = store;
    host.act({ name: 'measure', rho: model.rho(state), alpha: model.alpha(state) });
  });
  measure.title = 'What a commit would give, measured on the calibration. No checkpoint is left behind.';
  const progress = jobProgress(page);
  const back = link('', () => {
    const { latest } = model.measured;
    if (latest !== undefined) store.set({ alpha: latest.alpha, ...(latest.rho > 0 && { rho: latest.rho }) });
  });
  const element = html('div', { class: 'measure-line' }, text, measure, progress.element, back);
  return {
    element,
    draw(state) {
      const { job, latest } = model.measured;
      const place = { rho: model.rho(state), alpha: model.alpha(state) };
      const found = atPlace(model, state);
      const measured =
        found.type === 'committed' ? `measured as ${found.measurement.name}.` : 'measured without a commit.';
      const known = found.type === 'unmeasured' ? 'not measured.' : measured;
      text.replaceChildren(`Rejuvenated at this ρ, α (${placeText(place)}): `, html('bdi', {}, known));
      measure.hidden = job !== undefined || found.type !== 'unmeasured';
      progress.draw();
      const moved = found.type === 'unmeasured' && job === undefined && latest !== undefined;
      back.hidden = !moved;
      if (moved) back.textContent = `Last measured: ${placeText(latest)}`;
    },
  };
}
