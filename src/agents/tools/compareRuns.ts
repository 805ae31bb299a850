import { z } from 'zod';
import { compareRuns } from '../../run/runs/compareRuns.ts';
import { defineTool } from '../agentTool.ts';
import { figure, page, text } from '../pages.ts';
import { pageArguments, rhoArgument, runRecordArgument } from '../toolArguments.ts';
import type { ToolDocument } from '../toolCall.ts';

/* The tool `compare_runs`: how far runs select the same neurons. */

/** Pairs of six runs. */
const mostPairs = 15;

export const compareRunsTool = defineTool({
  name: 'compare_runs',
  title: 'Compare runs',
  description:
    'How far two to six runs (halves of a calibration, seeds, settings) select the same neurons: overlap of their reset sets against chance, whole and by ' +
    'module, and correlations of best ranks and mean scores. What hardly overlaps more than chance is an accident of the calibration.',
  effect: 'reads',
  input: z.strictObject({
    records: z.array(runRecordArgument()).min(2).max(6),
    rho: rhoArgument().gt(0).optional().describe("For all of them; each run's own if left out"),
    ...pageArguments,
  }),
  async run({ records, rho, offset, max_characters: most }, { roots }): Promise<ToolDocument> {
    const paths: string[] = [];
    for (const record of records) paths.push(await roots.record(record));
    const { runs, pairs } = await compareRuns(paths, rho);
    const summary = {
      runs: runs.map((run) => ({ ...run, name: text(run.name) })),
      pairs: pairs.slice(0, mostPairs).map(({ runs: two, whole, rankCorrelation, scoreCorrelation }) => ({
        ...{ runs: two, whole },
        rank_correlation: figure(rankCorrelation),
        score_correlation: figure(scoreCorrelation),
      })),
    };
    const modules = pairs.flatMap(({ runs: two, modules: each }) => each.map((module) => ({ runs: two, ...module })));
    const room = Math.max(500, most - JSON.stringify(summary).length - 200);
    return { ...summary, modules: page(modules.length, offset, room, (position) => modules[position]!) };
  },
});
