import { placeText } from '../jobProgress.ts';
import type { Page } from '../state/page.ts';

/** Sets rho and alpha of the inspector to those of a point, and says so. */
export function setPlace({ store, model, say }: Page, place: { readonly rho: number; readonly alpha: number }): void {
  const { alpha } = place;
  const rho = Math.min(place.rho, model.range.limit);
  store.set({ rho, alpha });
  say(`Set ${placeText({ rho, alpha })}.`);
}
