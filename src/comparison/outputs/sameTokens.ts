import type { CalibrationSample } from '../../calibration/sample.ts';
import { tokenTexts } from '../../calibration/tokenTexts.ts';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { requiredTokenizer } from '../../checkpoint/tokenizer/requiredTokenizer.ts';
import { shown } from '../../files/reading/shown.ts';

/* Tells whether checkpoints can be measured on the same token ids. */

/** The checkpoint whose tokenizer is everybody's: the first that has one. */
export function tokenizing(checkpoints: readonly Checkpoint[]): Checkpoint {
  return checkpoints.find(({ tokenizerPath }) => tokenizerPath !== undefined) ?? checkpoints[0]!;
}

/**
 * Why checkpoints cannot be measured on the same samples: an id means other text to one, or nothing.
 *
 * @param otherTokenizers those whose tokenizer is not the same as that of the samples
 * @throws InputError when a tokenizer cannot be read; Interrupted by the signal
 */
export async function unmeasurable(
  samples: readonly Pick<CalibrationSample, 'ids'>[],
  checkpoints: readonly Checkpoint[],
  otherTokenizers: readonly Checkpoint[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const own = tokenizing(checkpoints);
  const used = [...new Set(samples.flatMap(({ ids }) => [...ids]))].sort((a, b) => a - b);
  const largest = used.at(-1) ?? 0;
  for (const { folder, architecture } of checkpoints) {
    if (largest < architecture.vocabSize) continue;
    return `the calibration has token ${largest}, but "${folder}" has ${architecture.vocabSize} tokens only`;
  }
  const texts = otherTokenizers.length === 0 ? undefined : await tokenTexts(requiredTokenizer(own), used, signal);
  for (const checkpoint of otherTokenizers) {
    const its = await tokenTexts(requiredTokenizer(checkpoint), used, signal);
    const other = used.find((id) => its.get(id) !== texts!.get(id));
    if (other === undefined) continue;
    return (
      `token ${other} of the calibration is ${shown(texts!.get(other))} in "${own.folder}" but ` +
      `${shown(its.get(other))} in "${checkpoint.folder}"`
    );
  }
  return undefined;
}
