import { type PageSources, pageHtml } from '../page/pageHtml.ts';

/** The HTML of the page of devices. */
export function devicesHtml(sources: PageSources): string {
  return pageHtml(sources, 'devices', 'Devices');
}
