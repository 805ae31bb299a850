import type { GraphScope } from '../onnx/graphScope.ts';
import type { Value } from '../onnx/value.ts';
import { attentionLogits, projectHeads } from './attention/attention.ts';
import { type CachedRows, pastAttention } from './attention/cachedAttention.ts';
import type { SamplesContext } from './attention/context.ts';
import { blockInput } from './blockInput.ts';
import { blockWrite } from './blockWrite.ts';
import type { Dimensions } from './dimensions.ts';
import { feedForward, outputOf } from './feedForward.ts';
import { linear } from './products/linear.ts';
import { product } from './products/products.ts';
import type { LayerWeights } from './products/weights.ts';
import { flattenRows, gatherRows, reshape } from './shapes.ts';

/** A layer's forward, with what a key-value cache keeps of its rows. */
export interface ForwardLayer {
  /** The residual stream after the layer, `[R, D]`. */
  readonly output: Value;
  /** Keys, rotated, `[R, KV, hd]`, and values, `[R, KV·hd]`. */
  readonly keys: Value;
  readonly values: Value;
}

/**
 * A decoder layer's forward pass in ONNX nodes, for several samples whose rows lie end to end. Only attention is laid
 * out by sample: what lies after a sample's own rows is kept out by the causal mask, and is a row of the sample's own,
 * so that no value of another is ever near.
 * @param stream `[R, D]`
 * @param past rows of each sample that were computed before, and that its rows attend to as well
 */
export function forwardLayer(
  scope: GraphScope,
  weights: LayerWeights,
  stream: Value,
  samples: SamplesContext,
  dims: Dimensions,
  past?: CachedRows,
): ForwardLayer {
  const { heads, keyValueHeads, headDim, eps, attentionScale } = dims;
  const { rotary, mask } = samples;
  const x = blockInput(scope, stream, weights.norms.attentionInput, eps).y;
  const queries = projectHeads(scope, x, weights.q_proj, weights.queryNorm, rotary?.queries, heads, dims).rotated;
  const keys = projectHeads(scope, x, weights.k_proj, weights.keyNorm, rotary?.keys, keyValueHeads, dims).rotated;
  const values = linear(scope, x, weights.v_proj);
  const byHead = (rows: Value, indices: Value) => gatherRows(scope, flattenRows(scope, rows, headDim), indices);

  // Scaled where the runtime can make it part of the product.
  const scaled = scope.op('Mul', [byHead(queries, samples.queries), scope.initializers.scalar(attentionScale)]);
  const products = attentionLogits(scope, scaled, byHead(keys, samples.keys), [0, 1, 3, 2], dims);
  const logits = scope.op('Add', [products.logits, mask]);
  const own = byHead(values, samples.keys);
  const attended =
    past === undefined
      ? product(scope, scope.op('Softmax', [logits], { axis: -1 }), own)
      : pastAttention(scope, scaled, { logits, values: own }, past, dims);
  const mixed = byHead(attended, samples.mixed);
  const attentionOutput = linear(scope, reshape(scope, mixed, [0, heads * headDim]), weights.o_proj);
  const attentionWrite = blockWrite(scope, attentionOutput, weights.norms.attentionWrite, dims);
  const middle = scope.op('Add', [stream, attentionWrite.added]);
  const mlpInput = blockInput(scope, middle, weights.norms.mlpInput, eps);
  const block = feedForward(scope, weights.feedForward, mlpInput.y, dims);
  const mlpWrite = blockWrite(scope, outputOf(block), weights.norms.mlpWrite, dims);
  return { output: scope.op('Add', [middle, mlpWrite.added]), keys, values };
}
