import type { Responses } from '../method/responseRows.ts';

/* A calibration sample: a text as token ids, and which of them are responses. */

/** A prompt–response pair, or a conversation, as token ids. */
export interface CalibrationSample {
  /** Position among the kept samples; the order of the files. */
  readonly index: number;
  /** Index of its calibration file, where there are several. */
  readonly file?: number;
  /** 1-based number of its row in that file: the line of JSONL. */
  readonly line: number;
  readonly ids: Uint32Array;
  /** At least one. */
  readonly responses: Responses;
}

/** Where a sample comes from, for messages: `line 3`, with several files `line 3 of file 2`. */
export function samplePlace({ file, line }: Pick<CalibrationSample, 'file' | 'line'>): string {
  return file === undefined ? `line ${line}` : `line ${line} of file ${file + 1}`;
}
