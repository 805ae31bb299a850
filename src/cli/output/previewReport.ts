import { basename } from 'node:path';
import { styleText } from 'node:util';
import { shownCount } from '../../files/reading/shown.ts';
import type { CalibrationPreview } from '../../run/previewCalibration.ts';
import { printable, printableLines } from './printable.ts';

/* A preview of a calibration file as text: what it is, and its first sample with the responses marked. */

function place({ file, unit, line }: CalibrationPreview['first']): string {
  return file === undefined ? `${unit} ${line}` : `${printable(basename(file))}, ${unit} ${line}`;
}

/** @param colours whether responses are underlined and coloured; else they stand in ⟦ and ⟧ */
export function previewText({ samples, tokens, responseTokens, first }: CalibrationPreview, colours: boolean): string {
  const mark = (text: string) =>
    colours
      ? text.replace(/[^\n]+/g, (line) => styleText(['green', 'underline'], line, { validateStream: false }))
      : `⟦${text}⟧`;
  const pieces = first.pieces.map(({ text, response }) =>
    response ? mark(printableLines(text)) : printableLines(text),
  );
  const marked = colours ? 'underlined' : 'in ⟦ ⟧';
  return [
    `samples      ${shownCount(samples)}, ${shownCount(tokens)} tokens, ${shownCount(responseTokens)} of them responses`,
    `first        ${place(first)}: ${shownCount(first.tokens)} tokens, responses ${marked}`,
    '',
    pieces.join(''),
  ].join('\n');
}
