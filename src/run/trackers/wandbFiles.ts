import { type CsvCell, csvText } from '../../record/csvText.ts';
import type { TrackedRun } from './trackedRun.ts';

/*
 * Runs as files that a few lines of Python hand on to Weights & Biases, or to pandas: `runs.json` with settings and history of each run, and
 * `history.csv`, a row a run and step. Columns that begin with `_` are named as Weights & Biases names them.
 */

/** Indented JSON: for each run `name`, `config`, `history`. */
export function runsJson(runs: readonly TrackedRun[]): string {
  const all = runs.map(({ name, config, points }) => ({
    name,
    config,
    history: points.map(({ label, step, time, values }) => ({
      ...{ _step: step, _timestamp: time, checkpoint: label },
      ...Object.fromEntries(values),
    })),
  }));
  return `${JSON.stringify(all, null, 1)}\n`;
}

/** A row a run and step; empty where a value was not measured. */
export function historyCsv(runs: readonly TrackedRun[]): string {
  const names = new Set(runs.flatMap(({ points }) => points.flatMap(({ values }) => [...values.keys()])));
  const settings = new Set(runs.flatMap(({ config }) => Object.keys(config)));
  const rows: CsvCell[][] = [
    ['run', '_step', '_timestamp', 'checkpoint', ...[...settings].map((name) => `config.${name}`), ...names],
  ];
  for (const { name, config, points } of runs) {
    for (const { label, step, time, values } of points) {
      const own = [...settings].map((setting) => config[setting]);
      rows.push([name, step, time, label, ...own, ...[...names].map((each) => values.get(each))]);
    }
  }
  return csvText(rows);
}
