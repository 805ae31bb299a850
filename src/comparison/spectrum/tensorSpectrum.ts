import { InputError } from '../../errors.ts';
import { shown } from '../../files/reading/shown.ts';
import type { ComparisonRecord } from '../../record/comparison/comparisonRecord.ts';
import { matrixShape } from '../../record/comparison/tensors/matrixShape.ts';
import { matchTensors } from '../checkpoints/tensorMatch.ts';
import type { ComparedFiles } from '../comparedFiles.ts';
import type { Spectrum } from './changeSpectrum.ts';
import { computeSpectra, spectrumTask } from './computeSpectra.ts';

/**
 * The spectrum of one tensor's change, from the files behind a comparison record, by a thread of its own.
 *
 * @throws RangeError for a pair or tensor that is not there; InputError when the files cannot be used; Interrupted on abort
 */
export async function tensorSpectrum(
  record: Pick<ComparisonRecord, 'pairs' | 'tensors' | 'differences'>,
  files: ComparedFiles,
  place: { readonly pair: number; readonly tensor: number },
  signal: AbortSignal,
): Promise<Spectrum> {
  const sides = record.pairs[place.pair];
  const described = record.tensors[place.tensor];
  if (sides === undefined || described === undefined) {
    throw new RangeError(`The record has no tensor ${place.tensor} in pair ${place.pair}.`);
  }
  const checkpoints = [await files.checkpoint(sides.reference), await files.checkpoint(sides.checkpoint)];
  const matched = matchTensors(checkpoints).shared.find(({ name }) => name === described.name);
  // Of embeddings the record compares the rows that all of its checkpoints have, which may be fewer.
  const shape = matrixShape(described.shape);
  if (matched === undefined || matched.columns !== shape.columns || matched.rows < shape.rows) {
    throw new InputError(`The checkpoints have no tensor ${shown(described.name)} as it was compared: compare again.`);
  }
  const difference = record.differences[place.pair]![place.tensor]!;
  let found: Spectrum | undefined;
  await computeSpectra([spectrumTask(checkpoints, { ...matched, ...shape }, [0, 1], difference)], {
    signal,
    onSpectrum: (_, spectrum) => {
      found = spectrum;
    },
  });
  return found!;
}
