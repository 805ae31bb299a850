import { z } from 'zod';
import { familyNames } from '../../checkpoint/architecture/architecture.ts';

/* How a record says what model it is of. */

// Far above any dense decoder, and low enough that a hostile file cannot ask for absurd layouts.
const maxLayers = 4096;
const maxWidth = 2 ** 24;

const count = z.int().nonnegative();
const size = z.int().positive().max(maxWidth);
const layerList = z.array(count.max(maxLayers)).max(maxLayers).readonly();
const factors = z
  .array(z.number())
  .max(2 ** 16)
  .readonly();

const ropeScalingSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('default') }),
  z.strictObject({ type: z.literal('linear'), factor: z.number() }),
  z.strictObject({
    type: z.literal('llama3'),
    factor: z.number(),
    lowFreqFactor: z.number(),
    highFreqFactor: z.number(),
    originalMaxPositions: z.number(),
  }),
  z.strictObject({
    type: z.literal('yarn'),
    factor: z.number(),
    originalMaxPositions: z.number(),
    betaFast: z.number(),
    betaSlow: z.number(),
    attentionFactor: z.number(),
    truncate: z.boolean(),
  }),
  z.strictObject({
    type: z.literal('longrope'),
    shortFactors: factors,
    longFactors: factors,
    originalMaxPositions: z.number(),
    attentionFactor: z.number(),
  }),
]);

// What layers have that are not as Llama's; records from before there were any leave all of it out.
const featureShape = {
  experts: z
    .strictObject({
      count: size,
      perToken: size,
      intermediateSize: size,
      normalised: z.boolean(),
      denseLayers: layerList.optional(),
    })
    .optional(),
  slidingWindow: size.optional(),
  slidingLayers: layerList.optional(),
  slidingRope: z.strictObject({ theta: z.number(), scaling: ropeScalingSchema }).optional(),
  unrotatedLayers: layerList.optional(),
  rotatedDim: size.optional(),
  queryGrowth: z.strictObject({ beta: z.number(), originalMaxPositions: z.number() }).optional(),
  embeddingScale: z.number().optional(),
  attentionScale: z.number().optional(),
  residualScale: z.number().optional(),
  logitDivisor: z.number().optional(),
  attentionSoftCap: z.number().optional(),
  logitSoftCap: z.number().optional(),
};

/** An architecture in a record. */
export const architectureSchema = z.strictObject({
  family: z.enum(familyNames),
  textOf: z.enum(['gemma3', 'mistral3']).optional(),
  layers: z.int().positive().max(maxLayers),
  hiddenSize: size,
  heads: size,
  keyValueHeads: size,
  headDim: size,
  intermediateSize: size,
  vocabSize: size,
  rmsNormEps: z.number(),
  ropeTheta: z.number(),
  ropeScaling: ropeScalingSchema,
  maxPositions: count,
  ...featureShape,
  tiedEmbeddings: z.boolean(),
  queryKeyNorm: z.boolean(),
  biases: z.strictObject({
    q_proj: z.boolean(),
    k_proj: z.boolean(),
    v_proj: z.boolean(),
    o_proj: z.boolean(),
    gate_proj: z.boolean(),
    up_proj: z.boolean(),
    down_proj: z.boolean(),
  }),
  headBias: z.boolean(),
});
