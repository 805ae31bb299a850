/* A calibration sample: one prompt–response pair as token ids, and the rows of logits that predict its response. */

/** One prompt–response pair as token ids: `encode(prompt) ++ encode(response)`, no special tokens added. */
export interface CalibrationSample {
  /** Position among the kept samples; the order of the files. */
  readonly index: number;
  /** Index of its calibration file, where there are several. */
  readonly file?: number;
  /** 1-based number of its row in that file: the line of JSONL. */
  readonly line: number;
  readonly ids: Uint32Array;
  readonly promptLength: number;
}

/**
 * Rows of the logits that predict response tokens. Row `t` predicts `ids[t + 1]`, so they run from
 * `promptLength - 1` (0 for an empty prompt) up to, not including, `ids.length - 1`.
 */
export function responseRows(sample: Pick<CalibrationSample, 'ids' | 'promptLength'>): { start: number; end: number } {
  return { start: Math.max(sample.promptLength - 1, 0), end: sample.ids.length - 1 };
}

/** Where a sample comes from, for messages: `line 3`, with several files `line 3 of file 2`. */
export function samplePlace({ file, line }: Pick<CalibrationSample, 'file' | 'line'>): string {
  return file === undefined ? `line ${line}` : `line ${line} of file ${file + 1}`;
}

/** Tokens of the longest sample; 0 where there is none. */
export function longestSample(samples: readonly Pick<CalibrationSample, 'ids'>[]): number {
  return samples.reduce((longest, { ids }) => Math.max(longest, ids.length), 0);
}
