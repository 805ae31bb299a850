import { demand } from '../recordFault.ts';
import type { ReadinessRecord, ReadinessRow } from './readinessRecord.ts';

/* Checks that the parts of a readiness record agree with each other. */

type Sampled = ReadinessRow['sampled'][number];

function demandSampled(sampled: Sampled, where: string, record: ReadinessRecord): void {
  const { counts, passAtK, coverage, entropyCounts, temperature } = sampled;
  const { sampling, entropyEdges } = record;
  demand(counts.length === sampling!.prompts.lines.length, `${where}.counts does not have one entry a prompt`);
  demand(sampling!.temperatures.includes(temperature), `${where} has a temperature that nothing was sampled at`);
  let least = Number.POSITIVE_INFINITY;
  for (const { samples, correct } of counts) {
    demand(correct <= samples, `${where}.counts has more right answers than answers`);
    least = Math.min(least, samples);
  }
  demand(passAtK.length === least, `${where}.passAtK does not go up to the fewest answers of a prompt`);
  demand(
    entropyCounts === null || entropyCounts.length === entropyEdges.length - 1,
    `${where}.entropyCounts does not have one entry a bin`,
  );
  if (coverage === null) return;
  const { both, lost, gained, neither, lostPerGained } = coverage;
  demand(both + lost + gained + neither === counts.length, `${where}.coverage does not count every prompt`);
  demand((lostPerGained === null) === (gained === 0), `${where}.coverage.lostPerGained does not fit its counts`);
}

function demandRow(row: ReadinessRow, where: string, record: ReadinessRecord): void {
  const { teacherForced, sampling, conditions, entropyEdges } = record;
  for (const [name, lines] of [
    ['training', teacherForced?.training],
    ['heldOut', teacherForced?.heldOut],
  ] as const) {
    const figures = row[name];
    demand((figures === null) === ((lines ?? null) === null), `${where}.${name} does not fit what was measured`);
    demand(
      figures === null || figures.entropyCounts.length === entropyEdges.length - 1,
      `${where}.${name}.entropyCounts does not have one entry a bin`,
    );
  }
  demand((row.nllGap === null) === (row.training === null || row.heldOut === null), `${where}.nllGap does not fit`);
  const temperatures = sampling?.temperatures.length ?? 0;
  demand(row.sampled.length === temperatures, `${where}.sampled does not have one entry a temperature`);
  row.sampled.forEach((sampled, i) => {
    demandSampled(sampled, `${where}.sampled[${i}]`, record);
  });
  const judged = row.isBase || conditions.length === 0 ? 0 : conditions.length;
  demand(row.outcomes.length === judged, `${where}.outcomes does not have one entry a condition`);
  demand((row.ready === null) === (judged === 0), `${where}.ready does not fit the conditions`);
  demand(row.ready !== true || row.outcomes.every(({ met }) => met), `${where}.ready does not fit its outcomes`);
}

/** @throws RecordFault naming what does not fit */
export function checkReadiness(record: ReadinessRecord): void {
  const { rows, entropyEdges, sampling } = record;
  const names = new Set(rows.map(({ name }) => name));
  demand(names.size === rows.length, 'rows has a name twice');
  demand(
    rows.every(({ isBase }, i) => !isBase || i === 0),
    'rows has a base that is not the first',
  );
  demand(
    entropyEdges.every((edge, i) => i === 0 || edge > entropyEdges[i - 1]!),
    'entropyEdges is not ascending',
  );
  demand(
    sampling === null || sampling.sources.length === rows.length,
    'sampling.sources does not have one entry a row',
  );
  rows.forEach((row, i) => {
    demandRow(row, `rows[${i}]`, record);
  });
}
