import { z } from 'zod';
import { readingSchema } from '../../../record/calibrationReading.ts';
import { comparisonSchema } from '../../../record/comparison/comparisonRecord.ts';
import { readinessSchema } from '../../../record/readiness/readinessRecord.ts';
import { recordSchema } from '../../../record/run/runRecord.ts';
import { measurementSchema } from '../../../record/run/sampleSchemas.ts';
import { responsesSchema } from '../../../record/sampleResponses.ts';
import { sweepSchema } from '../../../record/sweep/sweepRecord.ts';
import { trainerNames } from '../../../run/handover/trainers.ts';
import { devices } from '../../../settings/devices.ts';
import { jsonDocument } from './jsonDocument.ts';

/* The documents that --json prints, one a kind (docs/json.md). Fields that are left out were not measured, or there is nothing to say. */

const text = z.string();
const texts = z.array(text);
const count = z.int().nonnegative();
const share = z.number().min(0).max(1);

const { settings, engine, run, reset, reconstruction, checkpoints } = recordSchema.shape;

/** `run`, `attribute`, `show` of a run record. */
export const runDocument = jsonDocument('rejuvenation-run-summary', 1, {
  /** Absolute path of the record. */
  record: text,
  ...{ settings, engine },
  calibration: readingSchema.nullable(),
  samples: count,
  heldOutSamples: count,
  responseTokens: count,
  targets: count,
  measurements: z.array(measurementSchema),
  ...{ reset, reconstruction },
  selectedTokens: z.array(z.object({ id: count, text, count, meanGap: z.number() })),
  /** How far samples select the same neurons; null where the record does not know, or has one sample with targets. */
  sampleOverlap: z
    .object({ budget: count, samples: count, pairs: count, jaccard: share, chance: share, chanceWithin: share })
    .nullable(),
  notes: texts,
  warnings: texts,
  ...{ run, checkpoints },
});

/** `commit`. */
export const commitDocument = jsonDocument('rejuvenation-commit', 1, {
  record: text,
  checkpoint: checkpoints.element,
  /** null: fusion only. */
  reset: reset.nullable(),
  warnings: texts,
});

/** `verify`. */
export const verificationDocument = jsonDocument('rejuvenation-verification', 1, {
  record: text,
  /** Whether the record lists them now. */
  saved: z.boolean(),
  measurements: z.array(measurementSchema),
});

/** `preview`. */
export const previewDocument = jsonDocument('rejuvenation-preview', 1, {
  reading: readingSchema
    .pick({ shape: true, label: true, templates: true, special: true, rows: true, skipped: true })
    .extend({ sentence: text }),
  notes: texts,
  samples: count,
  tokens: count,
  responseTokens: count,
  first: z.object({
    file: text.optional(),
    unit: z.enum(['line', 'element', 'row']),
    line: count,
    tokens: count,
    responses: responsesSchema,
    pieces: z.array(z.object({ text, response: z.boolean() })),
  }),
});

const { schema: _schema, version: _version, arrays: _arrays, output, ...comparison } = comparisonSchema.shape;

/** `diff`, `show` of a comparison record: everything scalar. */
export const comparisonDocument = jsonDocument('rejuvenation-comparison-summary', 1, {
  /** null: none was written. */
  record: text.nullable(),
  ...comparison,
  output: output.unwrap().omit({ tokens: true }).optional(),
});

const overlap = z.object({
  neurons: count,
  sizes: z.tuple([count, count]),
  common: count,
  jaccard: share.optional(),
  chance: z.number().optional(),
});

/** `compare-runs`. */
export const overlapDocument = jsonDocument('rejuvenation-run-overlap', 1, {
  runs: z.array(z.object({ name: text, rho: share, alpha: share, neurons: count })),
  pairs: z.array(
    z.object({
      runs: z.tuple([count, count]),
      whole: overlap.extend({ chanceWithin: z.number().optional() }),
      modules: z.array(overlap.extend({ layer: count, projection: text })),
      rankCorrelation: z.number().optional(),
      scoreCorrelation: z.number().optional(),
      ranks: z.object({ starts: z.array(count), counts: z.array(z.array(count)) }),
    }),
  ),
});

/** `readiness`, `show` of a readiness record: the record, with its path. */
export const readinessDocument = jsonDocument(readinessSchema.shape.schema.value, readinessSchema.shape.version.value, {
  record: text.optional(),
  ...readinessSchema.omit({ schema: true, version: true }).shape,
});

/** `watch`: a line a step, each a row of the readiness record. */
export const watchedStepDocument = jsonDocument(
  'rejuvenation-watched-step',
  1,
  readinessSchema.shape.rows.element.shape,
);

/** `sweep`, `show` of a sweep record: the record, with its path. */
export const sweepDocument = jsonDocument(sweepSchema.shape.schema.value, sweepSchema.shape.version.value, {
  record: text,
  ...sweepSchema.omit({ schema: true, version: true }).shape,
});

/** `run` of a recipe: what each of its commands printed. */
export const recipeDocument = jsonDocument('rejuvenation-recipe-results', 1, {
  recipe: text,
  /** null: it printed nothing. */
  steps: z.array(z.object({ command: text, result: z.unknown() })),
});

/** `report`. */
export const reportDocument = jsonDocument('rejuvenation-report', 1, {
  report: text,
  bytes: count,
  text: z.boolean(),
  rounding: text.optional(),
});

/** `export`. */
export const exportDocument = jsonDocument('rejuvenation-export', 1, {
  folder: text,
  tables: z.array(z.object({ file: text, rows: count })),
});

/** `handover`. */
export const handoverDocument = jsonDocument('rejuvenation-handover', 1, {
  checkpoint: text,
  trainer: z.object({
    name: z.enum(trainerNames),
    label: text,
    source: z.object({ url: text, version: text, read: text }),
  }),
  checks: z.array(z.object({ what: text, found: text, warning: text.optional() })),
  made: z.object({ alpha: share, rho: share }).optional(),
  readiness: z
    .object({
      record: text,
      name: text,
      groupSize: count.optional(),
      temperature: z.number().optional(),
      responseLength: count.optional(),
      notes: texts,
    })
    .optional(),
  conversion: text.optional(),
  command: text,
  notes: texts,
});

/** `push`. */
export const pushDocument = jsonDocument('rejuvenation-push', 1, {
  folder: text,
  /** Of the repository. */
  url: text,
  /** Whether it was there before. */
  exists: z.boolean(),
  private: z.boolean(),
  /** Of the token; null without one. */
  user: text.nullable(),
  files: z.array(z.object({ path: text, bytes: count, sha256: text, state: z.enum(['new', 'same', 'replaced']) })),
  leftOut: texts,
  /** Of the repository, not in the folder. */
  staying: texts,
  /** Fields of the model card that the Hub shows. */
  card: z.record(text, text).nullable(),
  /** Files that name folders of this machine. */
  namesThisMachine: texts,
  /** Left out where nothing was sent: --dry-run. */
  sent: count.optional(),
  same: count.optional(),
  commit: text.optional(),
});

/** `doctor`. */
export const machineDocument = jsonDocument('rejuvenation-machine', 1, {
  /** Of this program. */
  program: text,
  node: text,
  onnxruntime: text,
  platform: text,
  arch: text,
  cores: count,
  memory: z.object({ totalBytes: count, freeBytes: count }),
  devices: z.array(z.object({ device: z.enum(devices), available: z.boolean(), reason: text })),
  gpus: z.array(z.object({ number: count, uuid: text, name: text, memoryBytes: count, freeBytes: count })),
  cuda: z
    .object({
      provider: text,
      cudaMajor: count.optional(),
      libraries: z.array(
        z.object({
          name: text,
          asked: z.enum(['loading', 'later']),
          required: z.boolean(),
          file: text.optional(),
          where: text,
        }),
      ),
      places: texts,
      command: text.optional(),
    })
    .optional(),
});
