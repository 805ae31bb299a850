import { z } from 'zod';
import { devices } from '../../settings/devices.ts';
import { precisions, productForms } from '../../settings/precision.ts';
import { weightForms, weightStorages } from '../../settings/weightStorage.ts';
import { meansSchema } from '../meansSchema.ts';
import { sha256Schema } from '../sha256Schema.ts';

/*
 * A sweep record: one run record measured at many alphas and rhos, and at controls. One JSON file; it has no arrays.
 */

export const sweepSchemaName = 'rejuvenation-sweep';
export const sweepVersion = 1;

/** Far above any sweep, and low enough that a hostile file can ask for nothing absurd. */
const mostPoints = 100_000;

const text = z.string();
const count = z.int().nonnegative();
const fraction = z.number().min(0).max(1);
const seconds = z.number().nonnegative();

/**
 * How the reset neurons of a point were chosen: by the record's ranks; none (rho 0: fusion only); or, as many in each
 * module as the ranks choose, at random, or those whose row or column SFT changed most.
 */
export const selections = ['attribution', 'none', 'random', 'drift'] as const;
export type Selection = (typeof selections)[number];

/** What identifies a point. */
export const pointSchema = z.strictObject({
  alpha: fraction,
  rho: fraction,
  selection: z.enum(selections),
  /** Of random neurons; null otherwise. */
  seed: z.int().nonnegative().nullable(),
  /** Position in `anchors` of the checkpoint that is fused with and reset to; null: the base. */
  anchor: count.nullable(),
});

/** Figures of sampled answers, where sampling was asked for. */
export const sampledSchema = z.strictObject({
  /** Prompts, and answers sampled to each. */
  prompts: z.int().positive(),
  samples: z.int().positive(),
  temperature: z.number().nonnegative(),
  /** Mean over prompts, by the unbiased estimator. */
  passAt1: fraction,
  passAtK: fraction,
  /** The k of `passAtK`. */
  k: z.int().positive(),
  /** Mean entropy of the sampled tokens, nats; null where it is not known. */
  entropy: z.number().min(-1e-3).nullable(),
  /** At the temperature of evaluations, where that is another. */
  evaluation: z
    .strictObject({ samples: z.int().positive(), temperature: z.number().nonnegative(), passAt1: fraction })
    .optional(),
});

export const measuredPointSchema = pointSchema.extend({
  /** Neurons reset, and their share of all neurons of the seven projections. */
  neurons: count,
  neuronRatio: fraction,
  /** Over all response rows, over the target tokens, over the rows of held-out samples: as a run record's measurements. */
  all: meansSchema,
  targets: meansSchema,
  heldOut: meansSchema.optional(),
  sampled: sampledSchema.nullable(),
  /** What writing and measuring took. */
  seconds,
});

const anchorSchema = z.strictObject({
  folder: text,
  /** Weights and what else is read of it, by size and modification time. */
  files: z.array(z.strictObject({ name: text, bytes: count, modified: z.iso.datetime() })),
});

export const sweepSchema = z.strictObject({
  schema: z.literal(sweepSchemaName),
  version: z.literal(sweepVersion),
  program: z.strictObject({ name: text, version: text }),
  created: z.iso.datetime(),
  /** The run record: its path when the sweep was made, and the hash of what its run found (src/record/run/runIdentity.ts). */
  run: z.strictObject({
    record: text,
    sha256: sha256Schema,
    alpha: fraction,
    rho: fraction,
    neurons: z.int().positive(),
  }),
  engine: z.strictObject({
    device: z.enum(devices),
    runtimeVersion: text,
    products: z.enum(productForms),
    /** As asked for; 0 and `auto` leave it to the program. */
    memoryBytes: count,
    processes: count,
    threads: count,
    weights: z.enum(weightStorages),
    precision: z.enum(precisions),
    /** How the device held the matrices. */
    held: z.enum(weightForms).nullable(),
  }),
  anchors: z.array(anchorSchema).max(64),
  /** The run record's own measurements of base and SFT, for comparison. */
  references: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        all: meansSchema,
        targets: meansSchema,
        heldOut: meansSchema.optional(),
      }),
    )
    .max(64),
  /** In the order of the plan. */
  points: z.array(measuredPointSchema).min(1).max(mostPoints),
  notes: z.array(text).max(1000),
});

export type SweepPoint = z.infer<typeof pointSchema>;
export type SampledFigures = z.infer<typeof sampledSchema>;
export type MeasuredPoint = z.infer<typeof measuredPointSchema>;
export type SweepRecord = z.infer<typeof sweepSchema>;
