import type { Architecture } from '../../checkpoint/architecture/architecture.ts';
import { type HeadBlock, headLogits, logitSums } from '../headModel.ts';
import { cacheMasks, samplesContexts } from '../layers/attention/context.ts';
import { dimensions } from '../layers/dimensions.ts';
import { forwardLayer } from '../layers/forwardLayer.ts';
import type { HeldWeights } from '../layers/products/weightMatrix.ts';
import { type LocateWeight, layerWeights } from '../layers/products/weights.ts';
import { flattenRows, gatherRows } from '../layers/shapes.ts';
import { type Arithmetic, plainArithmetic } from '../onnx/arithmetic.ts';
import { GraphScope } from '../onnx/graphScope.ts';
import { Initializers } from '../onnx/initializers.ts';
import type { Value } from '../onnx/value.ts';
import type { ValueType } from '../onnx/valueInfo.ts';
import { rotaryInputTypes } from '../rotaryInputs.ts';
import { modelBytes } from '../segmentModel.ts';

/*
 * Builds the ONNX graph that decodes: all layers with a key-value cache, the output head, and what is drawn from.
 *
 * One graph takes prompts and single tokens alike: S samples bring R new rows, end to end, and have up to P rows in the
 * cache. A prompt's cache is a single row that its length of 0 masks. The cache is an input that stays where it is; what
 * is new of keys and values is an output, for the host to put in its place.
 */

export const decodingInputs = {
  /** Embeddings of the new rows, `[R, D]`. */
  stream: 'stream',
  /** `0..T-1`, T the most new rows of a sample; and positions of its queries, `[G·T]`. */
  positions: 'positions',
  queryPositions: 'query_positions',
  /** Indices of `SamplesContext`. */
  queries: 'query_rows',
  keys: 'key_rows',
  mixed: 'mixed_rows',
  /** Rows of each sample in the cache, `[S]`, and `0..P-1`, float32. */
  pastLengths: 'past_lengths',
  pastPositions: 'past_positions',
  /** The row of each sample that the next token is drawn from: its last, `[S]`. */
  lastRows: 'last_rows',
  /** `1 / temperature`, a scalar. */
  sharpness: 'sharpness',
} as const;

/** Of a layer's cache, `[S, KV, P, hd]`. */
export const pastKeys = (layer: number) => `past_keys_${layer}`;
export const pastValues = (layer: number) => `past_values_${layer}`;
/** Of the new rows, `[R, KV·hd]`. */
export const newKeys = (layer: number) => `keys_${layer}`;
export const newValues = (layer: number) => `values_${layer}`;

/** Of the distribution of each sample's next token: sums at temperature 1, `[S]`, as `headOutputs` has them. */
export const decodingOutputs = {
  total: 'total',
  weighted: 'weighted',
  /** The most likely token, int64, `[S]`. */
  likeliest: 'likeliest',
  /** `exp((z − m) / temperature)`, `[S, V]`: what is drawn in proportion to. */
  weights: 'weights',
} as const;

/**
 * ONNX bytes of a whole model that decodes.
 * @param head all rows of the output head
 */
export function decodingModel(
  architecture: Architecture,
  head: HeadBlock,
  locate: LocateWeight,
  held: HeldWeights,
  arithmetic: Arithmetic = plainArithmetic,
): Uint8Array {
  const scope = new GraphScope(new Initializers(), arithmetic);
  const dims = dimensions(architecture);
  const { hidden, heads, keyValueHeads, headDim } = dims;
  const input = (key: keyof typeof decodingInputs) => decodingInputs[key] as Value;
  const samples = samplesContexts(scope, architecture, {
    positions: input('positions'),
    queryPositions: input('queryPositions'),
    queries: input('queries'),
    keys: input('keys'),
    mixed: input('mixed'),
  });
  const masks = cacheMasks(scope, architecture, {
    lengths: input('pastLengths'),
    positions: input('pastPositions'),
    queryPositions: input('queryPositions'),
  });
  const outputs: ValueType[] = [];
  const give = (value: Value, name: string, type: ValueType['type'] = 'float32') => {
    scope.named(value, name);
    outputs.push({ name, type });
  };

  let stream = input('stream');
  for (let layer = 0; layer < architecture.layers; layer++) {
    const weights = layerWeights(scope, architecture, layer, locate, held);
    const past = { keys: pastKeys(layer) as Value, values: pastValues(layer) as Value, mask: masks[layer]! };
    const { output, keys, values } = forwardLayer(scope, weights, stream, samples[layer]!, dims, past);
    give(flattenRows(scope, keys, keyValueHeads * headDim), newKeys(layer));
    give(values, newValues(layer));
    stream = output;
  }

  const { logits } = headLogits(scope, architecture, head, locate, held, gatherRows(scope, stream, input('lastRows')));
  const { shifted, total, weighted } = logitSums(scope, logits);
  give(total, decodingOutputs.total);
  give(weighted, decodingOutputs.weighted);
  give(scope.op('ArgMax', [logits], { axis: -1, keepdims: 0 }), decodingOutputs.likeliest, 'int64');
  give(scope.op('Exp', [scope.op('Mul', [shifted, input('sharpness')])]), decodingOutputs.weights);

  const caches = Array.from({ length: architecture.layers }, (_, layer) => [pastKeys(layer), pastValues(layer)]);
  return modelBytes(
    scope.graph('decoding', outputs, [
      { name: decodingInputs.stream, type: 'float32', shape: ['R', hidden] },
      ...rotaryInputTypes(architecture),
      { name: decodingInputs.positions, type: 'float32', shape: ['T'] },
      { name: decodingInputs.queryPositions, type: 'float32', shape: ['GT'] },
      { name: decodingInputs.queries, type: 'int32', shape: ['S', keyValueHeads, 'GT'] },
      { name: decodingInputs.keys, type: 'int32', shape: ['S', keyValueHeads, 'T'] },
      { name: decodingInputs.mixed, type: 'int32', shape: ['R', heads] },
      { name: decodingInputs.pastLengths, type: 'float32', shape: ['S'] },
      { name: decodingInputs.pastPositions, type: 'float32', shape: ['P'] },
      { name: decodingInputs.lastRows, type: 'int64', shape: ['S'] },
      { name: decodingInputs.sharpness, type: 'float32', shape: [] },
      ...caches.flat().map((name): ValueType => ({ name, type: 'float32', shape: ['S', keyValueHeads, 'P', headDim] })),
    ]),
    arithmetic,
  );
}
