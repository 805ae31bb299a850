import { z } from 'zod';
import { graderNames } from '../../readiness/graders/namedGrader.ts';
import { type MeasureName, measureKinds } from '../../readiness/verdict/conditions.ts';
import { productForms } from '../../settings/precision.ts';
import { readingSchema } from '../calibrationReading.ts';
import { checkpointSchema } from '../checkpointSchema.ts';
import { sha256Schema } from '../sha256Schema.ts';

/*
 * The readiness record, `NAME.readiness.json`: how sure checkpoints are and what they answer, a row a checkpoint. One file; it
 * opens without the checkpoints. `null` is what was not measured, or what the source of the answers did not tell.
 */

export const readinessSchemaName = 'rejuvenation-readiness';
export const readinessVersion = 1;

/** Far more than anybody samples, and few enough that a hostile file cannot ask for absurd figures. */
export const mostSamples = 4096;
const mostBins = 256;
/** The steps of a long training, each saved. */
export const mostRows = 4096;

const text = z.string();
const count = z.int().nonnegative();
const number = z.number();
const share = z
  .number()
  .min(-1e-9)
  .max(1 + 1e-9);
const nats = z.number().min(-1e-3);
const fileSchema = z.strictObject({ path: text, sha256: sha256Schema });

/** A mean over prompts with its bootstrap interval. */
const estimateSchema = z.strictObject({ value: number, low: number, high: number });
const countsSchema = z.array(count).max(mostBins);

const teacherForcedSchema = z.strictObject({
  rows: count,
  entropy: nats,
  negativeLogLikelihood: nats,
  top1Probability: z.number().min(0).max(1.001),
  /** Share of the rows whose most likely token has a probability above 0.99. */
  confident: share,
  /** `[bins]` rows by entropy, bins between `entropyEdges`. */
  entropyCounts: countsSchema,
});

const coverageSchema = z.strictObject({
  both: count,
  lost: count,
  gained: count,
  neither: count,
  lostPerGained: z.number().nonnegative().nullable(),
});

const sampledSchema = z.strictObject({
  temperature: z.number().nonnegative(),
  /** `[K]` at k = 1…K; K is the fewest answers that a prompt has. */
  passAtK: z.array(estimateSchema).min(1).max(mostSamples),
  gap: estimateSchema,
  deadGroups: z.array(
    estimateSchema.extend({
      group: z.int().positive(),
      estimate: z.enum(['unbiased', 'plug-in']),
      right: share,
      wrong: share,
    }),
  ),
  distinctAnswers: z.number().nonnegative(),
  answered: share,
  /** Tokens. */
  length: z.number().nonnegative().nullable(),
  longest: count.nullable(),
  stopRate: share.nullable(),
  /** Mean over sampled tokens of the entropy at temperature 1, nats. */
  entropy: nats.nullable(),
  /** Mean −log p of the sampled tokens at temperature 1, nats. */
  surprisal: number.nullable(),
  entropyCounts: countsSchema.nullable(),
  /** `[prompts]` answers, and right ones among them. */
  counts: z.array(z.strictObject({ samples: z.int().positive().max(mostSamples), correct: count })),
  /** Against the base at the same temperature; `null` for the base and without one. */
  coverage: coverageSchema.nullable(),
});

const linesSchema = z.strictObject({
  files: z.array(fileSchema).min(1),
  reading: readingSchema,
  samples: count,
});

const conditionSchema = z.strictObject({
  measure: z.enum(Object.keys(measureKinds) as [MeasureName, ...MeasureName[]]),
  count,
  bound: z.enum(['min', 'max']),
  value: number,
  /** Where the bound comes from. */
  source: text,
});

const graderSchema = z.strictObject({
  /** `rewards`: those of the source. */
  name: z.enum([...graderNames, 'rewards']),
  /** In words. Untrusted text. */
  described: text,
});

const samplingSchema = z.strictObject({
  /** Where the answers come from, in words, one a checkpoint. Untrusted text. */
  sources: z.array(text),
  prompts: z.strictObject({
    files: z.array(fileSchema),
    /** In a sentence. Untrusted text. */
    reading: text,
    /** `[prompts]` 1-based: line, element or row. */
    lines: z.array(z.int().positive()),
  }),
  samples: z.int().positive().max(mostSamples),
  /** That of RL's rollouts, then that of evaluation where there is another. */
  temperatures: z.array(z.number().nonnegative()).min(1).max(2),
  topP: z.number().positive().max(1),
  maxTokens: z.int().positive(),
  stop: z.array(text),
  seed: count,
  grader: graderSchema,
  /** How intervals were made: resamples of the prompts, and the share of their means within. */
  interval: z.strictObject({ resamples: z.int().positive(), coverage: share }),
});

const rowSchema = z.strictObject({
  /** Short and unlike the others'. Untrusted text. */
  name: z.string().min(1),
  /** Its files, where it lies here. */
  checkpoint: checkpointSchema.nullable(),
  isBase: z.boolean(),
  training: teacherForcedSchema.nullable(),
  heldOut: teacherForcedSchema.nullable(),
  /** NLL of held-out lines less that of training lines, nats. */
  nllGap: number.nullable(),
  /** One a temperature, in their order; none without prompts. */
  sampled: z.array(sampledSchema).max(2),
  /** `null`: there is no condition, or it is the base. */
  ready: z.boolean().nullable(),
  outcomes: z.array(z.strictObject({ value: number.nullable(), met: z.boolean(), close: z.boolean() })),
});
export type ReadinessRow = z.infer<typeof rowSchema>;

export const readinessSchema = z.strictObject({
  schema: z.literal(readinessSchemaName),
  version: z.literal(readinessVersion),
  program: z.strictObject({ name: text, version: text }),
  created: z.iso.datetime(),
  seconds: z.number().nonnegative(),
  /** The base first, where there is one. */
  rows: z.array(rowSchema).min(1).max(mostRows),
  /** Teacher-forced: what was measured on, and by what. */
  teacherForced: z
    .strictObject({
      training: linesSchema.nullable(),
      heldOut: linesSchema.nullable(),
      device: text,
      products: z.enum(productForms),
    })
    .nullable(),
  sampling: samplingSchema.nullable(),
  /** `[bins + 1]` nats, ascending: of every histogram. The first and last bin hold what lies outside too. */
  entropyEdges: z
    .array(z.number().positive())
    .min(2)
    .max(mostBins + 1),
  conditions: z.array(conditionSchema).max(64),
  notes: z.array(text),
});
export type ReadinessRecord = z.infer<typeof readinessSchema>;
