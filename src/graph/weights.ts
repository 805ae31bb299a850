import { type Architecture, type Projection, projections } from '../checkpoint/architecture.ts';
import { layerNormName, projectionName, queryKeyNormName } from '../checkpoint/tensorNames.ts';
import { TensorProto_DataType } from './gen/onnx-ml_pb.ts';
import type { GraphScope, Value } from './graphScope.ts';
import type { ExternalWeight } from './initializers.ts';

/** A linear map `x Wᵀ + b`; the weight is stored `[out, in]`. */
export interface Linear {
  readonly weight: Value;
  readonly bias: Value | undefined;
}

/** One decoder layer's weights as float32 values of the outermost graph. */
export interface LayerWeights extends Readonly<Record<Projection, Linear>> {
  readonly inputNorm: Value;
  readonly postAttentionNorm: Value;
  readonly queryNorm: Value | undefined;
  readonly keyNorm: Value | undefined;
}

/** Where a tensor of the checkpoint lies. */
export type LocateWeight = (tensor: string) => ExternalWeight;

/** A checkpoint tensor as float32. The runtime folds the cast when the session is made. */
export function floatWeight(scope: GraphScope, weight: ExternalWeight): Value {
  const stored = scope.initializers.external(weight);
  return weight.dtype === 'F32' ? stored : scope.op('Cast', [stored], { to: TensorProto_DataType.FLOAT });
}

/** @param scope the outermost graph, so that its branches share the weights. */
export function layerWeights(
  scope: GraphScope,
  architecture: Architecture,
  layer: number,
  locate: LocateWeight,
): LayerWeights {
  const load = (name: string) => floatWeight(scope, locate(name));
  const linear = (projection: Projection): Linear => {
    const name = projectionName(layer, projection);
    return {
      weight: load(`${name}.weight`),
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
