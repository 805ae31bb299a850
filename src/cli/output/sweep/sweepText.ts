import { shownCount } from '../../../files/reading/shown.ts';
import { pointName } from '../../../record/sweep/pointName.ts';
import type { MeasuredPoint, SweepRecord } from '../../../record/sweep/sweepRecord.ts';
import { evaluatedLabel, evaluatedPassAt1, sweepFront, teacherForcedTradeOff } from '../../../record/sweep/tradeOff.ts';
import { printable } from '../printable.ts';
import { percent } from '../recordTables.ts';
import { type Column, table } from '../table.ts';

/* A sweep as a table for a terminal. */

const right = (head: string): Column => ({ head, align: 'right' });

/** Every point, in the order of the plan, after the record's own base and SFT. */
export function sweepTable(record: SweepRecord): string {
  const { points, references, run } = record;
  const front = sweepFront(record);
  const heldOut = points[0]!.heldOut !== undefined;
  const sampled = points.some((point) => point.sampled !== null);
  const measures = ({ all, targets, heldOut: held }: Pick<MeasuredPoint, 'all' | 'targets' | 'heldOut'>) => [
    targets.entropy.toFixed(4),
    all.entropy.toFixed(4),
    all.negativeLogLikelihood.toFixed(4),
    ...(heldOut ? [held?.entropy.toFixed(4) ?? '', held?.negativeLogLikelihood.toFixed(4) ?? ''] : []),
  ];
  const one = points.find((point) => point.sampled !== null);
  const evaluated = one?.sampled?.evaluation !== undefined;
  const samples = (point?: MeasuredPoint) => {
    if (!sampled) return [];
    const { passAt1, passAtK } = point?.sampled ?? {};
    const values = [passAt1, passAtK, ...(evaluated ? [point && evaluatedPassAt1(point)] : [])];
    return values.map((value) => value?.toFixed(4) ?? '');
  };
  return table(
    [
      ...[right('alpha'), right('rho'), { head: 'neurons' }, right('reset')],
      ...[right('entropy at targets'), right('entropy'), right('NLL')],
      ...(heldOut ? [right('held-out entropy'), right('held-out NLL')] : []),
      ...(sampled ? [right('Pass@1'), right(`Pass@${one?.sampled?.k}`)] : []),
      ...(evaluated ? [right(evaluatedLabel(one!))] : []),
      { head: '' },
    ],
    [
      ...references.map((reference) => ['', '', reference.name, '', ...measures(reference), ...samples(), '']),
      ...points.map((point, index) => [
        String(point.alpha),
        String(point.rho),
        pointName(point, record),
        percent(point.neuronRatio),
        ...measures(point),
        ...samples(point),
        [...(front.has(index) ? ['front'] : []), ...(isDefault(point, run) ? ['default'] : [])].join(', '),
      ]),
    ],
  );
}

/** Whether a point is what a commit with the record's own settings gives. */
export function isDefault({ alpha, rho, selection, anchor }: MeasuredPoint, run: SweepRecord['run']): boolean {
  return alpha === run.alpha && rho === run.rho && selection === 'attribution' && anchor === null;
}

function sampledSentence({ points }: SweepRecord): string[] {
  const sampled = points.find((point) => point.sampled !== null)?.sampled;
  if (!sampled) return [];
  const { samples, prompts, temperature } = sampled;
  return [
    `Pass@k is of ${shownCount(samples, 'answer')} to each of ${shownCount(prompts, 'prompt')} at temperature ${temperature}.`,
  ];
}

/** A sweep as text. */
export function sweepText(record: SweepRecord, path: string): string {
  return [
    sweepTable(record),
    `front: no other point has more entropy at targets and less ${teacherForcedTradeOff(record).paid.label.replace(/ \(nats\)$/, '')}. Attribution was made for the ` +
      'targets; a control that regains as much elsewhere at the same cost speaks against the reset. Entropy is in nats, and is not accuracy.',
    ...sampledSentence(record),
    `Sweep ${printable(path)}`,
  ].join('\n\n');
}
