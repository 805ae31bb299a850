import { type PageSources, pageHtml } from '../page/pageHtml.ts';

/** The HTML of the comparison's page. */
export function comparisonHtml(sources: PageSources): string {
  return pageHtml(sources, 'comparison', 'Checkpoint Comparison');
}
