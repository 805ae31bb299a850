import { InputError } from '../../errors.ts';
import type { ComparisonRecord } from '../../record/comparison/comparisonRecord.ts';
import { figure, type Page, page, text } from '../pages.ts';
import type { ToolDocument } from '../toolCall.ts';

/* A comparison of checkpoints as agents read it: a summary, and the tensors of a pair in pages. */

const most = 16;

/** How far the whole model moved in a pair: norm of all changes by that of the reference. */
function drift(differences: ComparisonRecord['differences'][number]): number | null {
  const root = (values: readonly number[]) => Math.hypot(...values);
  let [delta, reference] = [0, 0];
  for (const { norm, referenceNorm } of differences) {
    delta = root([delta, norm]);
    reference = root([reference, referenceNorm]);
  }
  return reference === 0 ? null : figure(delta / reference);
}

/** @param path of the record, where it was written */
export function comparisonSummary(record: ComparisonRecord, path: string | undefined): ToolDocument {
  const { checkpoints, pairs, tensors, differences, output, unshared, notes } = record;
  return {
    record: path ?? null,
    kind: 'comparison',
    checkpoints: checkpoints.slice(0, most).map(({ name }, position) => ({
      checkpoint: position,
      name: text(name),
      ...(output === undefined
        ? {}
        : {
            entropy: figure(output.means[position]?.entropy),
            nll: figure(output.means[position]?.negativeLogLikelihood),
          }),
    })),
    pairs: pairs.slice(0, 4 * most).map((pair, position) => ({
      pair: position,
      ...pair,
      drift: drift(differences[position]!),
      unchanged_tensors: differences[position]!.filter(({ maxAbs }) => maxAbs === 0).length,
    })),
    tensors: tensors.length,
    unshared_tensors: unshared?.length ?? 0,
    notes: notes.slice(0, most).map(text),
  };
}

/** Tensors of one pair, the largest relative change first. @throws InputError where there is no such pair */
export function tensorsPage(record: ComparisonRecord, pair: number, offset: number, room: number): Page<unknown> {
  const differences = record.differences[pair];
  if (differences === undefined) {
    throw new InputError(`There is no pair ${pair}: the record has 0 to ${record.pairs.length - 1}.`);
  }
  const size = (tensor: number) => differences[tensor]!.relativeNorm ?? -1;
  const order = differences.map((_, tensor) => tensor).sort((a, b) => size(b) - size(a) || a - b);
  return page(order.length, offset, room, (position) => {
    const tensor = order[position]!;
    const { relativeNorm, maxAbs, cosine, unchangedShare, excessKurtosis, nonFinite } = differences[tensor]!;
    return {
      name: text(record.tensors[tensor]!.name),
      shape: record.tensors[tensor]!.shape.slice(0, 4),
      relative_change: figure(relativeNorm),
      largest_change: figure(maxAbs),
      cosine: figure(cosine),
      unchanged_share: figure(unchangedShare),
      excess_kurtosis: figure(excessKurtosis),
      ...(nonFinite === 0 ? {} : { non_finite: nonFinite }),
    };
  });
}
