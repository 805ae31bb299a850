import { z } from 'zod';
import { meansSchema } from '../meansSchema.ts';
import { responsesSchema } from '../sampleResponses.ts';

/* What a run record's JSON half says of its samples, and of the checkpoints measured on them. */

const text = z.string();
const count = z.int().nonnegative();

/** One checkpoint measured on the record's calibration. Its arrays are `measurements.{position}.*`. */
export const measurementSchema = z.strictObject({
  name: z.string().min(1),
  folder: text,
  measured: z.iso.datetime(),
  /** Over all response rows, those of held-out samples too. */
  all: meansSchema,
  /** Over the target tokens. */
  targets: meansSchema,
  /** Over the response rows of held-out samples; left out where there are none. */
  heldOut: meansSchema.optional(),
});

export const sampleSchema = z.strictObject({
  /** Index of its calibration file, where there are several. */
  file: count.optional(),
  /** 1-based number of its row in that file: a line of JSONL, an element of a JSON array, a row of Parquet. */
  line: z.int().positive(),
  /** Response tokens, as positions in the sample. */
  responses: responsesSchema,
  /** Token ids: `samples.ids[firstId, firstId + tokens)`. */
  firstId: count,
  tokens: count,
  /** Response rows: entries `[firstRow, firstRow + rows)` of every measurement. */
  firstRow: count,
  rows: count,
  /** Targets: entries `[firstTarget, firstTarget + targets)` of `targets.*`. */
  firstTarget: count,
  targets: count,
  /** It was measured and chose no target. */
  heldOut: z.boolean().default(false),
});
