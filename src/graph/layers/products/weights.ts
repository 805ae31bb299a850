import { type Architecture, type Projection, projections } from '../../../checkpoint/architecture/architecture.ts';
import { layerForm } from '../../../checkpoint/architecture/families.ts';
import type { NormPlaces } from '../../../checkpoint/architecture/layerForm.ts';
import { projectionPlace } from '../../../checkpoint/architecture/projectionPlace.ts';
import { layerNormName, queryKeyNormName } from '../../../checkpoint/architecture/tensorNames.ts';
import type { GraphScope } from '../../onnx/graphScope.ts';
import { type ExternalWeight, rowsOf } from '../../onnx/initializers.ts';
import type { Value } from '../../onnx/value.ts';
import { floatWeight, type HeldWeights, type Matrix, weightMatrix } from './weightMatrix.ts';

/* The weights of a decoder layer as values of a graph. */

/** A linear map `x Wᵀ + b`; the weight is stored `[out, in]`. */
export interface Linear {
  readonly weight: Matrix;
  readonly bias: Value | undefined;
}

/** One decoder layer's weights in the outermost graph; vectors as float32. */
export interface LayerWeights extends Readonly<Record<Projection, Linear>> {
  /** Gammas of its norms, where the family has them. */
  readonly norms: Readonly<Record<keyof NormPlaces, Value | undefined>>;
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
  const { norms, normsAddOne } = layerForm(architecture);
  const gamma = (name: string) => normGamma(scope, locate(name), normsAddOne);
  const norm = (name: string | undefined) => (name === undefined ? undefined : gamma(layerNormName(layer, name)));
  const linear = (projection: Projection): Linear => {
    const { module, first, rows, whole } = projectionPlace(architecture, layer, projection);
    const own = (tensor: ExternalWeight): ExternalWeight =>
      whole
        ? tensor
        : { ...rowsOf(tensor, { from: first, to: first + rows }), name: `${tensor.name} of ${projection}` };
    return {
      weight: weightMatrix(scope, own(locate(`${module}.weight`)), held),
      bias: architecture.biases[projection] ? floatWeight(scope, own(locate(`${module}.bias`))) : undefined,
    };
  };
  const linears = Object.fromEntries(projections.map((projection) => [projection, linear(projection)]));
  return {
    ...(linears as Record<Projection, Linear>),
    norms: {
      attentionInput: norm(norms.attentionInput),
      mlpInput: norm(norms.mlpInput),
      attentionWrite: norm(norms.attentionWrite),
      mlpWrite: norm(norms.mlpWrite),
    },
    queryNorm: architecture.queryKeyNorm ? gamma(queryKeyNormName(layer, 'q_norm')) : undefined,
    keyNorm: architecture.queryKeyNorm ? gamma(queryKeyNormName(layer, 'k_norm')) : undefined,
  };
}

/** What a norm multiplies with, as float32. */
export function normGamma(scope: GraphScope, weight: ExternalWeight, addOne: boolean): Value {
  const stored = floatWeight(scope, weight);
  return addOne ? scope.op('Add', [stored, scope.initializers.scalar(1)]) : stored;
}
