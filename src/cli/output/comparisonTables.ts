import { shown } from '../../files/reading/shown.ts';
import type { ComparisonRecord, DifferenceScalars } from '../../record/comparison/comparisonRecord.ts';
import { type PooledDifference, pooledDifference } from '../../record/comparison/tensors/pooledDifference.ts';
import { quantileShares } from '../../record/comparison/tensors/tensorDifference.ts';
import { comparedText, shapesText, unsharedGroups } from '../../record/comparison/unsharedGroups.ts';
import { spectrumRows } from './spectrumTables.ts';
import { type Column, table } from './table.ts';

/* The tables of a comparison: by module, by tensor, by element, and over a series of checkpoints. */

const right = (head: string): Column => ({ head, align: 'right' });

const none = '–';
/** Four digits: `0.01234`, `1.234e-5`. */
export function scientific(value: number | null): string {
  if (value === null) return none;
  if (value === 0) return '0';
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e5 ? value.toPrecision(4) : value.toExponential(3);
}
/** Two digits of small shares. */
const finePercent = (share: number) =>
  share > 0 && share < 1e-4 ? `${(100 * share).toPrecision(2)} %` : percent(share);
const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
const place = (at: readonly number[]) => `[${at.join(', ')}]`;

interface Part {
  readonly name: string;
  readonly module: string;
  readonly elements: number;
  readonly difference: DifferenceScalars;
}

function partsOf({ tensors, differences }: ComparisonRecord, pair: number): Part[] {
  return tensors.map(({ name, module, elements }, i) => ({
    name,
    module,
    elements,
    difference: differences[pair]![i]!,
  }));
}

/** The whole model in one pair. */
export function wholeModel(record: ComparisonRecord, pair: number): PooledDifference {
  return pooledDifference(partsOf(record, pair));
}

/** Change of every module, its layers pooled, in the order of the model; and of the whole. */
export function moduleTable(record: ComparisonRecord, pair: number): string {
  const parts = partsOf(record, pair);
  const modules = [...new Set(parts.map(({ module }) => module))];
  const row = (name: string, pooled: PooledDifference) => [
    name,
    String(pooled.tensors),
    scientific(pooled.relativeNorm),
    scientific(pooled.norm),
    scientific(pooled.maxAbs),
    scientific(pooled.spikiness),
    percent(pooled.unchangedShare),
  ];
  return table(
    [
      { head: 'module' },
      right('tensors'),
      right('relative change'),
      right('norm'),
      right('max |Δ|'),
      right('max |Δ| / RMS'),
      right('unchanged'),
    ],
    [
      ...modules.map((name) => row(name, pooledDifference(parts.filter(({ module }) => module === name)))),
      row('all', pooledDifference(parts)),
    ],
  );
}

/** The tensors that changed most, relative to the reference. */
export function tensorTable(record: ComparisonRecord, pair: number, most: number): string {
  const changed = partsOf(record, pair).sort(
    (a, b) =>
      (b.difference.relativeNorm ?? Number.POSITIVE_INFINITY) - (a.difference.relativeNorm ?? Number.POSITIVE_INFINITY),
  );
  return table(
    [
      { head: 'tensor' },
      right('relative change'),
      right('norm'),
      right('max |Δ|'),
      right('at'),
      right('kurtosis'),
      right('unchanged'),
    ],
    changed
      .slice(0, most)
      .map(({ name, difference }) => [
        name,
        scientific(difference.relativeNorm),
        scientific(difference.norm),
        scientific(difference.maxAbs),
        place(difference.maxAbsAt),
        scientific(difference.excessKurtosis),
        percent(difference.unchangedShare),
      ]),
  );
}

/** The elements that changed most, of the whole model or of one tensor. */
export function spikeTable(record: ComparisonRecord, pair: number, most: number, tensor?: string): string {
  const spikes = partsOf(record, pair)
    .filter(({ name }) => tensor === undefined || name === tensor)
    .flatMap(({ name, difference }) => difference.spikes.map((spike) => ({ name, ...spike })))
    .sort((a, b) => Math.abs(b.delta) - Math.abs(a.delta));
  return table(
    [{ head: 'tensor' }, right('at'), right('Δ'), right('reference'), right('checkpoint')],
    spikes
      .slice(0, most)
      .map(({ name, at, delta, reference, checkpoint }) => [
        name,
        place(at),
        scientific(delta),
        scientific(reference),
        scientific(checkpoint),
      ]),
  );
}

/** Everything scalar of one tensor, a column a pair. */
export function statisticsTable(record: ComparisonRecord, pairs: readonly number[], tensor: number): string {
  const each = pairs.map((pair) => record.differences[pair]![tensor]!);
  const row = (name: string, value: (difference: DifferenceScalars) => string) => [name, ...each.map(value)];
  return table(
    [{ head: 'statistic' }, ...pairs.map((pair) => right(pairName(record, pair)))],
    [
      row('relative change', ({ relativeNorm }) => scientific(relativeNorm)),
      row('norm of the change', ({ norm }) => scientific(norm)),
      row('norm of the reference', ({ referenceNorm }) => scientific(referenceNorm)),
      row('norm of the checkpoint', ({ checkpointNorm }) => scientific(checkpointNorm)),
      row('max |Δ|', ({ maxAbs }) => scientific(maxAbs)),
      row('  at', ({ maxAbsAt }) => place(maxAbsAt)),
      row('mean of Δ', ({ mean }) => scientific(mean)),
      row('standard deviation of Δ', ({ standardDeviation }) => scientific(standardDeviation)),
      row('excess kurtosis of Δ', ({ excessKurtosis }) => scientific(excessKurtosis)),
      row('cosine of the two', ({ cosine }) => (cosine === null ? none : cosine.toFixed(8))),
      row('unchanged', ({ unchangedShare }) => percent(unchangedShare)),
      ...(each.some(({ signFlipShare }) => signFlipShare !== undefined)
        ? [row('sign flips', ({ signFlipShare }) => (signFlipShare === undefined ? none : finePercent(signFlipShare)))]
        : []),
      ...spectrumRows(each, record.tensors[tensor]!.shape),
      row('not finite', ({ nonFinite }) => String(nonFinite)),
      ...quantileShares.map((share, i) =>
        row(`${100 * share} % of |Δ| below`, ({ quantiles }) => scientific(quantiles[i]!)),
      ),
    ],
  );
}

/** `sft against base`. */
export function pairName({ checkpoints, pairs }: ComparisonRecord, pair: number): string {
  const { reference, checkpoint } = pairs[pair]!;
  return `${checkpoints[checkpoint]!.name} against ${checkpoints[reference]!.name}`;
}

/** A row a checkpoint: how it answers the calibration, and how far it is from the reference (Table 1 of the paper). */
export function seriesTable(record: ComparisonRecord): string {
  const { checkpoints, output } = record;
  const steps = checkpoints.some(({ step }) => step !== undefined);
  const columns = [
    { head: 'checkpoint' },
    ...(steps ? [right('step')] : []),
    ...(output === undefined ? [] : [right('NLL (nats)'), right('entropy (nats)'), right('top-1 probability')]),
    right('drift'),
    right('max |Δ|'),
    right('max |Δ| / RMS'),
  ];
  return table(
    columns,
    checkpoints.map(({ name, step }, position) => {
      const means = output?.means[position];
      const whole = position === 0 ? undefined : wholeModel(record, position - 1);
      return [
        name,
        ...(steps ? [step === undefined ? none : String(step)] : []),
        ...(means === undefined
          ? []
          : [means.negativeLogLikelihood.toFixed(4), means.entropy.toFixed(4), means.top1Probability.toFixed(4)]),
        whole === undefined ? 'reference' : scientific(whole.relativeNorm),
        whole === undefined ? none : scientific(whole.maxAbs),
        whole === undefined ? none : scientific(whole.spikiness),
      ];
    }),
  );
}

/** What not all checkpoints have, and what of it is compared. */
export function unsharedTable(record: ComparisonRecord): string {
  const name = (checkpoint: number) => record.checkpoints[checkpoint]!.name;
  return table(
    [{ head: 'module' }, { head: 'layers' }, right('tensors'), { head: 'shapes' }, { head: 'compared' }],
    unsharedGroups(record).map((group) => [
      group.module,
      group.layers === '' ? none : group.layers,
      String(group.tensors),
      shapesText(group, name),
      comparedText(group),
    ]),
  );
}

/** The position of a tensor, by its whole name or an unambiguous end of it. */
export function tensorPosition({ tensors, unshared = [] }: ComparisonRecord, name: string): number | string {
  const exact = tensors.findIndex((tensor) => tensor.name === name);
  if (exact >= 0) return exact;
  const ending = tensors.filter(
    (tensor) => `.${tensor.name}`.endsWith(`.${name}`) || tensor.name.endsWith(`.${name}.weight`),
  );
  if (ending.length === 1) return tensors.indexOf(ending[0]!);
  if (ending.length > 1) {
    return `${shown(name)} could be ${ending.length} tensors, such as ${shown(ending[0]!.name)}: give the whole name.`;
  }
  if (unshared.some((tensor) => tensor.name === name)) {
    return `${shown(name)} is not compared: not all checkpoints have it in one shape.`;
  }
  return `There is no tensor ${shown(name)}; one of them is ${shown(tensors[0]?.name)}.`;
}
