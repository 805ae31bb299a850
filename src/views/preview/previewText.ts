import { basename } from 'node:path';
import { escapeHidden, shownCount } from '../../files/reading/shown.ts';
import type { CalibrationPreview } from '../../run/previewCalibration.ts';

/* A preview of a calibration as the text of a document: what it was taken for, and its first sample with the responses marked. */

/** Text of a preview, and where in it responses stand. */
export interface PreviewText {
  readonly text: string;
  /** Ranges of UTF-16 code units in the text, each with its ⟦ and ⟧. */
  readonly responses: readonly { readonly start: number; readonly end: number }[];
}

/** Untrusted text of several lines: what is hidden in a line, or changes its direction, is escaped. */
function visible(text: string): string {
  return text.replace(/[^\n\t]+/g, escapeHidden);
}

/** How many samples of how many rows there are, and of what size. */
export function sampleCounts({ samples, tokens, responseTokens, reading }: CalibrationPreview): string {
  const rows = `${shownCount(samples)} of ${shownCount(reading.rows, 'row')} read`;
  return `${rows}, ${shownCount(tokens)} tokens, ${shownCount(responseTokens)} response rows`;
}

/** A preview as text. */
export function previewText(preview: CalibrationPreview): PreviewText {
  const { reading, notes, first } = preview;
  const { file, unit, line, tokens, responses, pieces } = first;
  const place = `${file === undefined ? '' : `${basename(file)}, `}${unit} ${line}`;
  const rows = responses.length === 1 ? 'its response stands' : `its ${shownCount(responses.length)} responses stand`;
  const above = [
    reading.sentence,
    '',
    `samples   ${sampleCounts(preview)}`,
    ...notes.map((note, i) => `${i === 0 ? 'notes  ' : '       '}   ${escapeHidden(note)}`),
    `first     ${escapeHidden(place)}: ${shownCount(tokens)} tokens; ${rows} in ⟦ ⟧`,
  ];
  let text = `${above.map(visible).join('\n')}\n\n`;
  const ranges: { start: number; end: number }[] = [];
  for (const piece of pieces) {
    const start = text.length;
    text += piece.response ? `⟦${visible(piece.text)}⟧` : visible(piece.text);
    if (piece.response) ranges.push({ start, end: text.length });
  }
  return { text: `${text}\n`, responses: ranges };
}
