import { z } from 'zod';
import { shapeNames, turnChoices } from '../settings/calibrationSettings.ts';
import { sha256Schema } from './sha256Schema.ts';

/* How both kinds of record say what the rows of a calibration file were taken for. */

const text = z.string();
const count = z.int().nonnegative();

export const readingSchema = z.strictObject({
  shape: z.enum(shapeNames),
  /** The shape in words, with the fields that were read. Untrusted text. */
  label: text,
  /** The chat templates that rendered rows: where each stands, and the SHA-256 of its text. None for plain text. */
  templates: z.array(z.strictObject({ place: text, sha256: sha256Schema })),
  /** Variables given to the template, `NAME=VALUE`. */
  templateArgs: z.array(text),
  /** Which of the assistant's turns are responses. */
  turns: z.enum(turnChoices),
  /** Spellings of the special tokens before and after each plain text. Untrusted text. */
  special: z.strictObject({ before: z.array(text), after: z.array(text) }),
  rows: count,
  skipped: count,
});
/** How a calibration file was read. */
export type RecordedReading = z.infer<typeof readingSchema>;
