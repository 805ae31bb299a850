import type { SampleDetail } from '../../src/protocol/inspector.ts';
import type { RecordSample } from '../../src/record/run/runRecord.ts';
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
  /** Index of the measured row that predicts it; undefined in the prompt (row `t` predicts token `t + 1`). */
  readonly row: number | undefined;
  readonly target: boolean;
}

/** A sample's tokens, each with the row that predicts it. */
export function sampleTokens(
  detail: SampleDetail,
  { promptLength, rows }: Pick<RecordSample, 'promptLength' | 'rows'>,
  textOf: ReadonlyMap<number, string>,
): SampleToken[] {
  const start = Math.max(promptLength - 1, 0);
  const targets = new Set(detail.targetRows);
  return Array.from(detail.ids, (id, position) => {
    const raw = textOf.get(id) ?? '';
    const row = position - 1 - start;
    const measured = row >= 0 && row < rows;
    return {
      position,
      id,
      raw,
      text: tokenInText(raw),
      endsLine: raw.includes('\n'),
      row: measured ? row : undefined,
      target: measured && targets.has(position - 1),
    };
  });
}
