import { type CsvCell, csvText } from '../../../record/csvText.ts';
import type { MeasuredPoint, SweepRecord } from '../../../record/sweep/sweepRecord.ts';
import { sweepFront } from '../../../record/sweep/tradeOff.ts';

/* A sweep as CSV (RFC 4180): a row a point, numbers with all their digits. */

function columns(
  record: SweepRecord,
): readonly (readonly [string, (point: MeasuredPoint, index: number) => CsvCell])[] {
  const front = sweepFront(record);
  const means = (['all', 'targets', 'heldOut'] as const).flatMap((rows) =>
    (['entropy', 'negativeLogLikelihood', 'top1Probability'] as const).map(
      (measure) =>
        [
          `${{ entropy: 'entropy', negativeLogLikelihood: 'nll', top1Probability: 'top1' }[measure]}_${rows === 'heldOut' ? 'held_out' : rows}`,
          (point: MeasuredPoint) => point[rows]?.[measure],
        ] as const,
    ),
  );
  return [
    ['alpha', ({ alpha }) => alpha],
    ['rho', ({ rho }) => rho],
    ['selection', ({ selection }) => selection],
    ['seed', ({ seed }) => seed],
    ['anchor', ({ anchor }) => (anchor === null ? '' : record.anchors[anchor]!.folder)],
    ['neurons', ({ neurons }) => neurons],
    ['neuron_ratio', ({ neuronRatio }) => neuronRatio],
    ...means,
    ['pass_at_1', ({ sampled }) => sampled?.passAt1],
    ['pass_at_k', ({ sampled }) => sampled?.passAtK],
    ['k', ({ sampled }) => sampled?.k],
    ['entropy_sampled', ({ sampled }) => sampled?.entropy],
    ['temperature', ({ sampled }) => sampled?.temperature],
    ['eval_pass_at_1', ({ sampled }) => sampled?.evaluation?.passAt1],
    ['eval_temperature', ({ sampled }) => sampled?.evaluation?.temperature],
    ['pareto_front', (_, index) => front.has(index)],
    ['seconds', ({ seconds }) => seconds],
  ];
}

/** Nats, probabilities and seconds; empty where a point does not have a measure. */
export function sweepCsv(record: SweepRecord): string {
  const all = columns(record);
  const rows = record.points.map((point, index) => all.map(([, of]) => of(point, index)));
  return csvText([all.map(([name]) => name), ...rows]);
}
