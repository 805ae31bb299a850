import type { Responses } from '../method/responseRows.ts';

/* A calibration sample: a text as token ids, and which of them are responses. */

/** A prompt–response pair, or a conversation, as token ids. */
export interface CalibrationSample {
  /** Position among the kept samples; the order of the file. */
  readonly index: number;
  /** 1-based line of the calibration file. */
  readonly line: number;
  readonly ids: Uint32Array;
  /** At least one. */
  readonly responses: Responses;
}

/** Tokens of the longest sample; 0 where there is none. */
export function longestSample(samples: readonly Pick<CalibrationSample, 'ids'>[]): number {
  return samples.reduce((longest, { ids }) => Math.max(longest, ids.length), 0);
}
