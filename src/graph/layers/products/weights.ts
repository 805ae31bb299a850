import {
  type Architecture,
  type Experts,
  expertsAt,
  type Projection,
  projections,
} from '../../../checkpoint/architecture/architecture.ts';
import { layerForm } from '../../../checkpoint/architecture/families.ts';
import type { NormPlaces } from '../../../checkpoint/architecture/layerForm.ts';
import { projectionPlaces } from '../../../checkpoint/architecture/projectionPlace.ts';
import { layerNormName, queryKeyNormName, routerName } from '../../../checkpoint/architecture/tensorNames.ts';
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

type AttentionProjection = 'q_proj' | 'k_proj' | 'v_proj' | 'o_proj';
type BlockProjection = Exclude<Projection, AttentionProjection>;

/** Of a layer's single feed-forward block. */
export type SingleWeights = Readonly<Record<BlockProjection, Linear>>;

/** Of a layer's experts: each projection's, expert by expert. */
export interface ExpertWeights extends Readonly<Record<BlockProjection, readonly Linear[]>> {
  readonly router: Linear;
  readonly form: Experts;
}

export type FeedForwardWeights = SingleWeights | { readonly experts: ExpertWeights };

/** One decoder layer's weights in the outermost graph; vectors as float32. */
export interface LayerWeights extends Readonly<Record<AttentionProjection, Linear>> {
  readonly feedForward: FeedForwardWeights;
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
  const { norms, normsAddOne, experts: expertNames } = layerForm(architecture);
  const gamma = (name: string) => normGamma(scope, locate(name), normsAddOne);
  const norm = (name: string | undefined) => (name === undefined ? undefined : gamma(layerNormName(layer, name)));
  const linears = (projection: Projection) =>
    projectionPlaces(architecture, layer, projection).map(({ module, first, rows, whole }): Linear => {
      const own = (tensor: ExternalWeight): ExternalWeight =>
        whole
          ? tensor
          : { ...rowsOf(tensor, { from: first, to: first + rows }), name: `${tensor.name} of ${projection}` };
      return {
        weight: weightMatrix(scope, own(locate(`${module}.weight`)), held),
        bias: architecture.biases[projection] ? floatWeight(scope, own(locate(`${module}.bias`))) : undefined,
      };
    });
  const all = Object.fromEntries(projections.map((projection) => [projection, linears(projection)])) as Record<
    Projection,
    Linear[]
  >;
  const [q_proj, k_proj, v_proj, o_proj] = [all.q_proj[0]!, all.k_proj[0]!, all.v_proj[0]!, all.o_proj[0]!];
  const { gate_proj, up_proj, down_proj } = all;
  const experts = expertsAt(architecture, layer);
  const feedForward = (): FeedForwardWeights => {
    if (experts === undefined) return { gate_proj: gate_proj[0]!, up_proj: up_proj[0]!, down_proj: down_proj[0]! };
    const router = { weight: weightMatrix(scope, locate(routerName(layer, expertNames)), held), bias: undefined };
    return { experts: { gate_proj, up_proj, down_proj, router, form: experts } };
  };
  return {
    q_proj,
    k_proj,
    v_proj,
    o_proj,
    feedForward: feedForward(),
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
