import { type PageSources, pageHtml } from '../page/pageHtml.ts';

/** The HTML of the readiness page. */
export function readinessHtml(sources: PageSources): string {
  return pageHtml(sources, 'readiness', 'Ready for RL?');
}
