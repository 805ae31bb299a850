import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import type { ComparisonRecord, DifferenceScalars } from '../../record/comparison/comparisonRecord.ts';
import { hasSpectrum } from '../../record/comparison/tensors/spectrum.ts';
import type { RunContext } from '../../run/progress/runContext.ts';
import { matchTensors } from '../checkpoints/tensorMatch.ts';
import { computeSpectra, spectrumTask } from './computeSpectra.ts';

/* Computes the spectra of everything that a comparison found. */

interface Compared extends Pick<ComparisonRecord, 'pairs' | 'tensors'> {
  readonly checkpoints: readonly Checkpoint[];
}

/**
 * Adds the spectrum of every matrix's change in every pair to what was found.
 * @param found `[pairs][tensors]`; changed
 * @throws InputError when a file cannot be read or changes; Interrupted on abort; RunError when a thread ends
 */
export async function addSpectra(
  { checkpoints, pairs, tensors }: Compared,
  found: readonly DifferenceScalars[][],
  { onEvent, signal }: Pick<RunContext, 'onEvent' | 'signal'>,
): Promise<void> {
  const matched = new Map(matchTensors(checkpoints).shared.map((tensor) => [tensor.name, tensor]));
  const places = pairs.flatMap(({ reference, checkpoint }, pair) =>
    tensors.flatMap(({ name, shape }, tensor) =>
      hasSpectrum(shape)
        ? [{ pair, tensor, sides: [reference, checkpoint] as const, matched: matched.get(name)! }]
        : [],
    ),
  );
  const tasks = places.map((place) =>
    spectrumTask(checkpoints, place.matched, place.sides, found[place.pair]![place.tensor]!),
  );
  await computeSpectra(tasks, {
    signal,
    onProgress: (done, total) => onEvent({ type: 'progress', phase: 'spectrum', done, total, unit: 'bytes' }),
    onSpectrum(position, spectrum) {
      const { pair, tensor } = places[position]!;
      found[pair]![tensor] = { ...found[pair]![tensor]!, spectrum };
    },
  });
}
