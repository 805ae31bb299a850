import { type Architecture, type Projection, projections } from '../../checkpoint/architecture/architecture.ts';
import { layerNormName, projectionName, queryKeyNormName } from '../../checkpoint/architecture/tensorNames.ts';
import type { GraphScope } from '../onnx/graphScope.ts';
import type { ExternalWeight } from '../onnx/initializers.ts';
import type { Value } from '../onnx/value.ts';
import { floatWeight, type HeldWeights, type Matrix, weightMatrix } from './weightMatrix.ts';

/* The weights of a decoder layer as values of a graph. */

/** A linear map `x Wᵀ + b`; the weight is stored `[out, in]`. */
export interface Linear {
  readonly weight: Matrix;
  readonly bias: Value | undefined;
}

/** One decoder layer's weights in the outermost graph; vectors as float32. */
export interface LayerWeights extends Readonly<Record<Projection, Linear>> {
  readonly inputNorm: Value;
  readonly postAttentionNorm: Value;
  readonly queryNorm: Value | undefined;
  readonly keyNorm: Value | undefined;
}

/** Where a tensor of the checkpoint lies. */
export type LocateWeight = (tensor: string) => ExternalWeight;

/**
 * @param scope the outermost graph, so that its branches share the weights
 * @param held how the matrices are held; vectors are float32 in any case
 */
export function layerWeights(
  scope: GraphScope,
  architecture: Architecture,
  layer: number,
  locate: LocateWeight,
  held: HeldWeights,
): LayerWeights {
  const load = (name: string) => floatWeight(scope, locate(name));
  const linear = (projection: Projection): Linear => {
    const name = projectionName(layer, projection);
    return {
      weight: weightMatrix(scope, locate(`${name}.weight`), held),
      bias: architecture.biases[projection] ? load(`${name}.bias`) : undefined,
    };
  };
  const linears = Object.fromEntries(projections.map((projection) => [projection, linear(projection)]));
  return {
    ...(linears as Record<Projection, Linear>),
    inputNorm: load(layerNormName(layer, 'input_layernorm')),
    postAttentionNorm: load(layerNormName(layer, 'post_attention_layernorm')),
    queryNorm: architecture.queryKeyNorm ? load(queryKeyNormName(layer, 'q_norm')) : undefined,
    keyNorm: architecture.queryKeyNorm ? load(queryKeyNormName(layer, 'k_norm')) : undefined,
  };
}
