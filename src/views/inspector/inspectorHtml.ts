import { type PageSources, pageHtml } from '../page/pageHtml.ts';

/** The inspector's page. */
export function inspectorHtml(sources: PageSources): string {
  return pageHtml(sources, 'inspector', 'Rejuvenation Inspector');
}
