import { responseRowOf } from '../../../src/method/responseRows.ts';
import type { SampleDetail } from '../../../src/protocol/inspector.ts';
import type { RecordSample } from '../../../src/record/run/runRecord.ts';
import { tokenInText } from './tokenText.ts';

/* The tokens of a sample, ready to be drawn as text. */

/** One token of a sample as the entropy map draws it. */
export interface SampleToken {
  /** Position in the sample. */
  readonly position: number;
  readonly id: number;
  /** As in the vocabulary; untrusted. */
  readonly raw: string;
  /** Every character visible. */
  readonly text: string;
  readonly endsLine: boolean;
  /** Index of the measured row that predicts it (row `t` predicts token `t + 1`); undefined outside responses. */
  readonly row: number | undefined;
  readonly target: boolean;
}

/** A sample's tokens, each with the row that predicts it. */
export function sampleTokens(
  detail: SampleDetail,
  { responses }: Pick<RecordSample, 'responses'>,
  textOf: ReadonlyMap<number, string>,
): SampleToken[] {
  const targets = new Set(detail.targetRows);
  return Array.from(detail.ids, (id, position) => {
    const raw = textOf.get(id) ?? '';
    const row = responseRowOf(responses, position - 1);
    return {
      position,
      id,
      raw,
      text: tokenInText(raw),
      endsLine: raw.includes('\n'),
      row,
      target: row !== undefined && targets.has(position - 1),
    };
  });
}
