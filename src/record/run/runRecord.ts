import { z } from 'zod';
import { projections } from '../../checkpoint/architecture/architecture.ts';
import { pairForms, shapeNames, specialTokenChoices, turnChoices } from '../../settings/calibrationSettings.ts';
import { devices } from '../../settings/devices.ts';
import { outputDtypes } from '../../settings/outputDtype.ts';
import { precisions, productForms } from '../../settings/precision.ts';
import { renamedRowsChoices } from '../../settings/renamedRows.ts';
import { weightForms, weightStorages } from '../../settings/weightStorage.ts';
import { readingSchema } from '../calibrationReading.ts';
import type { meansSchema } from '../meansSchema.ts';
import { phases } from '../phases.ts';
import { sha256Schema } from '../sha256Schema.ts';
import { architectureSchema } from './architectureSchema.ts';
import { measurementSchema, sampleSchema } from './sampleSchemas.ts';

/*
 * The run record's JSON half: everything small. Per-neuron and per-token numbers lie in the arrays file beside it
 * (see recordArrays.ts), which this half names together with its SHA-256.
 */

export const recordSchemaName = 'rejuvenation-run';
export const recordVersion = 3;

/** Far above any sensible number, and low enough that a hostile file cannot ask for absurd layouts. */
const mostKeptNeurons = 4096;

const text = z.string();
const count = z.int().nonnegative();
const size = z
  .int()
  .positive()
  .max(2 ** 24);
const fraction = z.number().min(0).max(1);
const seconds = z.number().nonnegative();
const date = z.iso.datetime();

const fileSchema = z.strictObject({ name: text, bytes: count, modified: date, sha256: sha256Schema });
const checkpointFilesSchema = z.strictObject({ folder: text, files: z.array(fileSchema) });

/** Rows of embedding and head of a completed base (docs/pairs.md). */
const vocabularySchema = z.strictObject({
  baseRows: size,
  sftRows: size,
  /** Rows that only the SFT checkpoint has: the completed base has its. */
  addedRows: count,
  /** Rows that only the base has: left out. */
  droppedRows: count,
  /** Tokens whose rows both have and that are the SFT's all the same, ascending by id. Untrusted text. */
  kept: z.array(z.strictObject({ id: count, base: text.nullable(), sft: text })),
});
export type RecordedVocabulary = z.infer<typeof vocabularySchema>;

/** How the work was cut, what that was estimated to take, and the memory it took; all of one process, bytes resident. */
export const planSchema = z.strictObject({
  segments: count,
  layersPerSegment: count,
  samplesPerGroup: count,
  /** 0 in a measurement. */
  targetsPerBatch: count.default(0),
  /** Most rows that samples of a forward run share; 0 where each has runs of its own, or none. */
  forwardRows: count.default(0),
  /** How the device held the model's matrices. */
  weights: z.enum(weightForms).default('float32'),
  estimate: z
    .strictObject({
      memoryBytes: z.number().nonnegative(),
      scratchBytes: z.number().nonnegative().default(0),
      /** How often all layers' weights are loaded. */
      weightPasses: z.number().nonnegative(),
      flops: z.number().nonnegative(),
    })
    .default({ memoryBytes: 0, scratchBytes: 0, weightPasses: 0, flops: 0 }),
  peakBytes: count.default(0),
});

const resetSchema = z.strictObject({
  /** Neurons a target may select: `max(1, floor(rho * neurons))` (eq. 4); 0 at rho 0. */
  budget: count,
  neurons: count,
  /** The effective reset ratio: selected neurons over all neurons of the seven projections. */
  neuronRatio: fraction,
  parameters: count,
  /** Parameters reset over all parameters of the checkpoint. */
  parameterRatio: fraction,
  modules: z.array(
    z.strictObject({
      layer: count,
      projection: z.enum(projections),
      width: count,
      neurons: count,
      parameters: count,
    }),
  ),
});

const phaseTimesSchema = z.array(z.strictObject({ phase: z.enum(phases), seconds }));

const committedSchema = z.strictObject({
  folder: text,
  alpha: fraction,
  /** 0: fusion only. */
  rho: fraction,
  neurons: count,
  /** Of all weights; left out where each is as the SFT checkpoint has it. */
  dtype: z.enum(outputDtypes).optional(),
  committed: date,
  phases: phaseTimesSchema,
});
export type CommittedCheckpoint = z.infer<typeof committedSchema>;

export const recordSchema = z.strictObject({
  schema: z.literal(recordSchemaName),
  version: z.literal(recordVersion),
  /** The arrays file, beside this one. */
  arrays: z.strictObject({ file: text, sha256: sha256Schema }),
  program: z.strictObject({ name: text, version: text }),
  settings: z.strictObject({
    alpha: fraction,
    rho: fraction.positive(),
    rhoMax: fraction.positive(),
    topN: z.int().positive(),
    maxLength: z.int().positive(),
    /** As asked for: `auto` and empty names leave it to the file; `calibration` says what was found. */
    format: z.enum(['auto', ...shapeNames]).default('pair'),
    promptField: text,
    responseField: text,
    /** Samples that were to be drawn; 0: all rows, as before any were drawn. */
    samples: count.default(0),
    seed: count.default(0),
    /** Share of the samples that was to choose no target. */
    holdout: z.number().min(0).lt(1).default(0),
    pairsAs: z.enum(pairForms).default('text'),
    /** Path of a chat template; empty: the SFT's own. */
    chatTemplate: text.default(''),
    templateArgs: z.array(text).default([]),
    turns: z.enum(turnChoices).default('all'),
    specialTokens: z.enum(specialTokenChoices).default('none'),
    /** 0: as much as was free. */
    memoryBytes: count,
    device: z.enum(['auto', ...devices]),
    /** As asked for; 0 leaves it to the program. */
    processes: count.default(0),
    threads: count.default(0),
    /** How the device was to hold the models' matrices. */
    weights: z.enum(weightStorages).default('float32'),
    /** How precise matrix products were to be. */
    precision: z.enum(precisions).default('float32'),
    /** What became of rows whose token was renamed. */
    renamedRows: z.enum(renamedRowsChoices).default('keep'),
    /** Most likely tokens kept at every response row. */
    topTokens: z.int().positive(),
  }),
  inputs: z.strictObject({
    base: checkpointFilesSchema,
    sft: checkpointFilesSchema.extend({
      /** The files are an adapter's, and the checkpoint is what it is merged into this base. */
      adapter: z.strictObject({ kind: z.literal('LoRA'), mergedInto: text }).optional(),
    }),
    /** Absolute path in `name`; a list where there are several files. */
    calibration: z.union([fileSchema, z.array(fileSchema).min(2)]),
    /** Used in place of the SFT's; absolute path in `name`. */
    tokenizer: fileSchema.optional(),
    /** The chat template that was given, likewise. */
    chatTemplate: fileSchema.optional(),
  }),
  /** How the calibration was read; records of version 1 were of pairs, and do not say. */
  calibration: readingSchema.optional(),
  run: z.strictObject({
    started: date,
    finished: date,
    phases: phaseTimesSchema,
    /** Samples taken over from an earlier, stopped run; the phases' seconds leave them out. */
    resumed: z.strictObject({ base: count, sft: count, attribution: count }),
  }),
  engine: z.strictObject({
    device: z.enum(devices),
    refused: z.array(z.strictObject({ device: z.enum(devices), reason: text })),
    /** Engine processes that shared the samples. */
    processes: z.int().positive().default(1),
    runtimeVersion: text,
    /** How matrix products were computed. */
    products: z.enum(productForms).default('float32'),
    /** How the work was cut; null where every sample was taken over from a stopped run. */
    plans: z.strictObject({
      base: planSchema.nullable(),
      sft: planSchema.nullable(),
      attribution: planSchema.nullable(),
    }),
  }),
  architecture: architectureSchema,
  /** How the base's vocabulary was completed; left out where it was complete. */
  vocabulary: vocabularySchema.optional(),
  /** Parameters of the checkpoint, a tied head counted once. */
  parameters: z.int().positive(),
  /**
   * Neurons of the seven projections; ranks kept: `max(1, floor(rhoMax * total))`; neurons kept of every target with their
   * scores, beside the terms of its logit (0 in records before version 3, which kept neither).
   */
  neurons: z.strictObject({
    total: z.int().positive(),
    rankLimit: z.int().positive(),
    kept: count.max(mostKeptNeurons).default(0),
  }),
  /** Absolute path of the file that every target's scores were written to, if it was asked for. */
  scores: text.optional(),
  /** `|z~ - z|` over the targets (eq. 2–3), in logits. */
  reconstruction: z.strictObject({ maxError: z.number().nonnegative(), meanError: z.number().nonnegative() }),
  /** The reset set at the run's rho. */
  reset: resetSchema,
  measurements: z.array(measurementSchema),
  samples: z.array(sampleSchema),
  /** Display text of every token id the arrays use, ascending by id. Untrusted text. */
  tokens: z.strictObject({ ids: z.array(count), texts: z.array(text) }),
  /** What was cut or skipped, in sentences. */
  notes: z.array(text),
  /** Checkpoints written from this record. */
  checkpoints: z.array(committedSchema),
});

export type Means = z.infer<typeof meansSchema>;
export type Measurement = z.infer<typeof measurementSchema>;
export type RecordSample = z.infer<typeof sampleSchema>;

/** The run record's JSON half. */
export type RunRecord = z.infer<typeof recordSchema>;
