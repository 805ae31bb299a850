import { inTokenizerProcess, type TokenizerControl } from './process/tokenizerProcess.ts';
import type { CalibrationSample } from './sample.ts';
import type { SampleOptions } from './samples.ts';

/* Reads calibration files as samples of token ids, in a process of its own that can be stopped. */

export interface CalibrationOptions extends SampleOptions, TokenizerControl {}

/** The samples of the calibration files that are used. */
export interface Calibration {
  readonly samples: readonly CalibrationSample[];
  /** Sentences on what is drawn, cut or skipped, the first lines of each kind by number. */
  readonly notes: readonly string[];
}

/**
 * Reads and tokenises calibration files, in a process of its own. Prompt and response are encoded apart, no special
 * tokens are added, and the ids are joined. Blank lines are passed over.
 *
 * @throws InputError naming the row that is not a pair, takes longer than it may, or has a token that the model does not;
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
  const notes: string[] = [];
  await inTokenizerProcess({ type: 'calibration', options }, { signal, lineLimitMs, onProgress }, (answer) => {
    if (answer.type === 'samples') samples.push(...answer.samples);
    if (answer.type === 'notes') notes.push(...answer.notes);
  });
  return { samples, notes };
}
