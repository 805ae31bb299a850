import { shownCount } from '../../../files/reading/shown.ts';
import type { ClusterPlan, PlannedWay } from '../../../run/planning/planRun.ts';
import { planText, showFlops } from '../../../run/progress/planText.ts';
import { showBytes } from '../../../settings/memorySize.ts';
import { table } from '../table.ts';

/* What a run would take, as text. */

const phaseNames = { base: 'base', sft: 'SFT', attribution: 'attribution' } as const;

/** `2.5 h`, `12 min`, `40 s`: two digits, since no more is known. */
function about(seconds: number): string {
  const two = (value: number) => Number(value.toPrecision(2));
  if (seconds < 90) return `${two(seconds)} s`;
  return seconds < 5400 ? `${two(seconds / 60)} min` : `${two(seconds / 3600)} h`;
}

function where({ nodes, gpus }: PlannedWay, device: string): string {
  const unit = device === 'cpu' ? 'process' : 'GPU';
  const each = `${gpus} ${unit}${gpus === 1 ? '' : unit === 'GPU' ? 's' : 'es'}`;
  return nodes === 1 ? each : `${nodes} nodes of ${each}`;
}

function passes({ phases }: PlannedWay): string {
  return phases.map(({ weightPasses }) => Number(weightPasses.toPrecision(3))).join(' + ');
}

/** A table, a row for each number of GPUs, and what all of them have in common. */
export function planReport(plan: ClusterPlan): string {
  const { device, samples, tokens, responseTokens, targets, neurons, memoryBytes, rates } = plan;
  const rows = plan.ways.map((way) => {
    const sum = (of: (phase: PlannedWay['phases'][number]) => number) =>
      way.phases.reduce((all, each) => all + of(each), 0);
    return [
      where(way, device),
      passes(way),
      showFlops(sum(({ flops }) => flops)),
      showBytes(sum(({ bytes }) => bytes)),
      ...way.phases.map(({ seconds }) => about(seconds)),
      about(way.seconds),
    ];
  });
  const rate = (value: number) => `${showFlops(value)}/s`;
  return [
    `calibration  ${shownCount(samples)} samples, ${shownCount(tokens)} tokens, ${shownCount(responseTokens)} of them responses; at most ${shownCount(targets)} targets`,
    `neurons      ${shownCount(neurons)}`,
    `memory       ${showBytes(memoryBytes)} for each process, on ${device}`,
    ...plan.phases.map(({ phase, plan: own }) => `${phaseNames[phase].padEnd(13)}${planText(own)}`),
    '',
    'Of the process that takes longest:',
    table(
      [
        { head: 'on' },
        { head: 'passes over the weights', align: 'right' },
        { head: 'products', align: 'right' },
        { head: 'weights read', align: 'right' },
        { head: 'base', align: 'right' },
        { head: 'SFT', align: 'right' },
        { head: 'attribution', align: 'right' },
        { head: 'all', align: 'right' },
      ],
      rows,
    ),
    `on the disk  ${showBytes(plan.inputBytes)} of inputs; ${showBytes(plan.partialBytes)} of partials where it runs in shards; ${showBytes(plan.outputBytes)} for the checkpoint`,
    rates.measured
      ? `rates        ${rate(rates.measuring)} measuring, ${rate(rates.attribution)} in attribution, as recorded`
      : `rates        ${rate(rates.measuring)}, assumed and not measured: name the record of a small run on such hardware with --measured`,
    'Times are of products and of reading weights, once for all processes of a machine; start-up, hashing of inputs and the commit come on top. Targets are known once both are measured: they are taken to lie evenly over the responses.',
  ].join('\n');
}
