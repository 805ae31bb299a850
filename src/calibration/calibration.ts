import { RunError } from '../errors.ts';
import { inTokenizerProcess, type TokenizerControl } from './process/tokenizerProcess.ts';
import type { CalibrationSample } from './sample.ts';
import type { CalibrationReading } from './sampleReader.ts';
import type { SampleFindings, SampleOptions } from './samples.ts';

/* Reads a calibration file as samples of token ids, in a process of its own that can be stopped. */

export interface CalibrationOptions extends SampleOptions, TokenizerControl {}

/** The samples of a calibration file that are used. */
export interface Calibration {
  readonly samples: readonly CalibrationSample[];
  /** What its rows were taken for. */
  readonly reading: CalibrationReading;
  /** Sentences on what is cut or skipped, the first lines of each kind by number. */
  readonly notes: readonly string[];
}

/**
 * Reads and tokenises a calibration file, in a process of its own. Of a pair, prompt and response are
 * encoded apart and the ids are joined, with the special tokens of the tokenizer's post-processor around them unless said otherwise; a
 * conversation is rendered by a chat template. Blank lines are passed over.
 *
 * @throws InputError naming the line that is no row like the others, takes longer than it may, or has a token that the model does not;
 *   or when no line can be used
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
