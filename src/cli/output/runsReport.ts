import type { RunPair, RunsComparison } from '../../run/runs/compareRuns.ts';
import { printable } from './printable.ts';
import { type Column, table } from './table.ts';

/* The tables of *compare-runs*: whole runs two by two, then module by module. */

const right = (head: string): Column => ({ head, align: 'right' });
const share = (value: number | undefined) => (value === undefined ? '–' : value.toFixed(4));

/** Jaccard by layer (rows) and module (columns), with what chance would give. */
function modulesTable(pair: RunPair): string {
  const projections = [...new Set(pair.modules.map(({ projection }) => projection))];
  const layers = [...new Set(pair.modules.map(({ layer }) => layer))];
  const cell = (layer: number, projection: string) => {
    const found = pair.modules.find((module) => module.layer === layer && module.projection === projection)!;
    return `${share(found.jaccard)} (${share(found.chance)})`;
  };
  return table(
    [{ head: 'layer' }, ...projections.map(right)],
    layers.map((layer) => [String(layer), ...projections.map((projection) => cell(layer, projection))]),
  );
}

export function runsText({ runs, pairs }: RunsComparison): string {
  const name = (position: number) => runs[position]!.name;
  const own = table(
    [{ head: 'run' }, right('rho'), right('alpha'), right('neurons reset')],
    runs.map((run) => [run.name, String(run.rho), String(run.alpha), String(run.neurons)]),
  );
  const between = table(
    [
      { head: 'runs' },
      right('common'),
      right('Jaccard'),
      right('by chance'),
      right('within modules'),
      right('best ranks'),
      right('mean scores'),
    ],
    pairs.map(({ runs: [a, b], whole, rankCorrelation, scoreCorrelation }) => [
      `${name(a)}, ${name(b)}`,
      String(whole.common),
      share(whole.jaccard),
      share(whole.chance),
      share(whole.chanceWithin),
      share(rankCorrelation),
      share(scoreCorrelation),
    ]),
  );
  const modules = pairs.flatMap((pair) => [
    '',
    `Jaccard by layer and module of ${printable(name(pair.runs[0]))} and ${printable(name(pair.runs[1]))} (by chance):`,
    modulesTable(pair),
  ]);
  return [
    own,
    '',
    'Jaccard: neurons in both reset sets over neurons in either; by chance: the same of random sets of these sizes,',
    'spread over all neurons, and (within modules) with as many neurons in each module as the runs have.',
    'Correlations over all neurons: Spearman of best ranks, those never ranked last; Pearson of mean scores.',
    between,
    ...modules,
  ].join('\n');
}
