import { RunError } from '../errors.ts';
import { inTokenizerProcess, type TokenizerControl } from './process/tokenizerProcess.ts';
import type { CalibrationSample } from './sample.ts';
import type { SampleFindings, SampleOptions } from './samples.ts';

/* Reads calibration files as samples of token ids, in a process of its own that can be stopped. */

export interface CalibrationOptions extends SampleOptions, TokenizerControl {}

/** The samples of the calibration files that are used, and what is to be said of them. */
export interface Calibration extends SampleFindings {
  readonly samples: readonly CalibrationSample[];
}

/**
 * Reads and tokenises calibration files, in a process of its own. Of a pair, prompt and response are
 * encoded apart and the ids are joined, with the special tokens of the tokenizer's post-processor around them unless said otherwise; a
 * conversation is rendered by a chat template. Blank lines are passed over.
 *
 * @throws InputError naming the row that is no row like the others, takes longer than it may, or has a token that the model does not;
 *   or when no row can be used
 * @throws Interrupted by the signal
 * @throws RunError when the process is killed
 */
export async function readCalibration({
  signal,
  lineLimitMs,
  onProgress,
  ...options
}: CalibrationOptions): Promise<Calibration> {
  const samples: CalibrationSample[] = [];
  let findings: SampleFindings | undefined;
  await inTokenizerProcess({ type: 'calibration', options }, { signal, lineLimitMs, onProgress }, (answer) => {
    if (answer.type === 'samples') samples.push(...answer.samples);
    if (answer.type === 'findings') findings = answer.findings;
  });
  if (findings === undefined) throw new RunError('The process that tokenises ended without a result.');
  return { samples, ...findings };
}
