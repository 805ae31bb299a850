import { type PageSources, pageHtml } from '../page/pageHtml.ts';

/** The HTML of the inspector's page. */
export function inspectorHtml(sources: PageSources): string {
  return pageHtml(sources, 'inspector', 'Rejuvenation Inspector');
}
