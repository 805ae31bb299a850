import { z } from 'zod';
import { weightDtypes } from '../../checkpoint/safetensors/dtype.ts';
import { productForms } from '../../settings/precision.ts';
import { readingSchema } from '../calibrationReading.ts';
import { checkpointSchema } from '../checkpointSchema.ts';
import { responsesSchema } from '../sampleResponses.ts';
import { sha256Schema } from '../sha256Schema.ts';

/*
 * The comparison record's JSON half, `NAME.comparison.json`: what changed from checkpoint to checkpoint, tensor by
 * tensor, and how each answers a calibration file. Row norms, column norms, maps and per-token measures lie in
 * `NAME.comparison.safetensors` beside it (see comparisonArrays.ts). Opens without the checkpoints.
 */

export const comparisonSchemaName = 'rejuvenation-comparison';
export const comparisonVersion = 3;

/** Checkpoints of which every pair can be compared; a longer series is compared with its reference only. */
export const maxAllPairs = 6;
export const maxCheckpoints = 64;

const text = z.string();
const count = z.int().nonnegative();
const date = z.iso.datetime();
const measure = z.number();
const share = z.number().min(0).max(1);

export type ComparedCheckpoint = z.infer<typeof checkpointSchema>;

const tensorSchema = z.strictObject({
  name: text,
  shape: z.array(count),
  elements: count,
  /** Of a decoder layer's tensor. */
  layer: count.optional(),
  /** `q_proj` … `down_proj`, `input_layernorm`, `embed_tokens`, `lm_head` …: the name without prefix, layer, `.weight`. */
  module: text,
  /** How each checkpoint stores it, in their order; not in records before version 3. */
  dtypes: z.array(z.enum(weightDtypes)).optional(),
});
export type ComparedTensor = z.infer<typeof tensorSchema>;

const unsharedSchema = z.strictObject({
  name: text,
  layer: count.optional(),
  module: text,
  /** One a checkpoint, in their order: its shape there, null where it is not. */
  shapes: z.array(z.array(count).nullable()),
  /** Rows, from the first on, that all have and that are compared; left out where nothing of it is. */
  rows: count.optional(),
});
export type UnsharedTensor = z.infer<typeof unsharedSchema>;

const spikeSchema = z.strictObject({
  /** `[row, column]`, or `[index]` of a vector. */
  at: z.array(count).min(1),
  delta: measure,
  reference: measure,
  checkpoint: measure,
});

/** `|delta|` counted in log-spaced bins; see src/record/comparison/tensors/tensorDifference.ts. */
const histogramSchema = z.strictObject({
  /** Elements that did not change. */
  zero: count,
  /** Bin i begins at `2^(firstExponent + i / binsPerOctave)`. */
  firstExponent: z.int(),
  binsPerOctave: z.int().positive(),
  counts: z.array(count),
});

/** The largest singular values of delta, largest first, none where nothing changed; see src/record/comparison/tensors/spectrum.ts. */
const spectrumSchema = z.strictObject({
  singularValues: z.array(measure.nonnegative()),
  /** How much larger each may be. */
  errors: z.array(measure.nonnegative()),
});

/** The scalars of a TensorDifference (src/record/comparison/tensors/tensorDifference.ts). Null: undefined for this tensor, such as 0/0. */
const differenceSchema = z.strictObject({
  norm: measure,
  referenceNorm: measure,
  checkpointNorm: measure,
  relativeNorm: measure.nullable(),
  maxAbs: measure,
  maxAbsAt: z.array(count),
  mean: measure,
  standardDeviation: measure,
  excessKurtosis: measure.nullable(),
  cosine: measure.nullable(),
  unchangedShare: share,
  /** Share of elements above 0 on one side and below on the other; not in records before version 3. */
  signFlipShare: share.optional(),
  /** Elements whose change is infinite or not a number, left out of everything else. */
  nonFinite: count,
  /** At `quantileShares` (src/record/comparison/tensors/tensorDifference.ts). */
  quantiles: z.array(measure),
  histogram: histogramSchema,
  spikes: z.array(spikeSchema),
  /** Of a matrix, where it was asked for. */
  spectrum: spectrumSchema.optional(),
});
export type DifferenceScalars = z.infer<typeof differenceSchema>;

const meansSchema = z.strictObject({
  rows: count,
  /** Nats. */
  entropy: measure,
  top1Probability: measure,
  /** Mean negative log-likelihood (NLL) of the response's tokens, which is the training loss of SFT; nats. */
  negativeLogLikelihood: measure,
});

const calibrationSchema = z.strictObject({ path: text, sha256: sha256Schema });

const outputSchema = z.strictObject({
  /** A list where there are several files. */
  calibration: z.union([calibrationSchema, z.array(calibrationSchema).min(2)]),
  /** How their rows were read. */
  reading: readingSchema.optional(),
  device: text,
  /** How matrix products were computed. */
  products: z.enum(productForms).default('float32'),
  /** Most likely tokens kept at every response row. */
  topTokens: z.int().positive(),
  /** As in the run record; response rows are entries `[firstRow, firstRow + rows)` of every measurement. */
  samples: z.array(
    z.strictObject({
      file: count.optional(),
      line: z.int().positive(),
      responses: responsesSchema,
      firstId: count,
      tokens: count,
      firstRow: count,
      rows: count,
    }),
  ),
  /** One a checkpoint, in the checkpoints' order. */
  means: z.array(meansSchema),
  /** Display text of every token id the arrays use, ascending by id. Untrusted text. */
  tokens: z.strictObject({ ids: z.array(count), texts: z.array(text) }),
});

export const comparisonSchema = z.strictObject({
  schema: z.literal(comparisonSchemaName),
  version: z.literal(comparisonVersion),
  /** The arrays file beside this one; its metadata carries the same id, so that halves of two records are told apart. */
  arrays: z.strictObject({ file: text, id: text }),
  program: z.strictObject({ name: text, version: text }),
  created: date,
  seconds: z.number().nonnegative(),
  /** The first is the reference. */
  checkpoints: z.array(checkpointSchema).min(2).max(maxCheckpoints),
  /** Positions in `checkpoints`; delta is checkpoint - reference. Begins with every checkpoint against the first, in order. */
  pairs: z.array(z.strictObject({ reference: count, checkpoint: count })).min(1),
  /** What all checkpoints share, in the order of the reference's layers; of embeddings and heads the rows that all have. */
  tensors: z.array(tensorSchema),
  /** What not all of them have in one shape; left out where there is nothing. */
  unshared: z.array(unsharedSchema).optional(),
  /** `[pairs][tensors]`. */
  differences: z.array(z.array(differenceSchema)),
  output: outputSchema.optional(),
  notes: z.array(text),
});

/** The comparison record's JSON half. */
export type ComparisonRecord = z.infer<typeof comparisonSchema>;
