import type { Architecture, Projection } from './architecture.ts';

/* What a family's decoder layers are made of, beside what `config.json` says: the parts that graphs are built from. */

/** Where a layer norms: names of its norms' tensors, without layer and `.weight`; left out where there is none. */
export interface NormPlaces {
  /** Before a block: what attention, or the feed-forward block, reads. */
  readonly attentionInput?: string;
  readonly mlpInput?: string;
  /** After a block: what it adds to the residual stream. */
  readonly attentionWrite?: string;
  readonly mlpWrite?: string;
}

/** Projections stored as one tensor, one's rows after the other's. */
export interface FusedTensor {
  /** `self_attn.qkv_proj`. */
  readonly module: string;
  readonly parts: readonly Projection[];
}

export interface LayerForm {
  readonly norms: NormPlaces;
  /** Norms multiply with 1 + weight instead of with weight. */
  readonly normsAddOne: boolean;
  /** What a norm on queries and keys is over: each head, or all heads of a row. */
  readonly queryKeyNorm: 'none' | 'head' | 'row';
  /** Of the feed-forward block's gate. */
  readonly activation: 'silu' | 'geluTanh';
  /** Which elements of a head turn together: `i` and `i + half`, or neighbours. */
  readonly rotaryPairs: 'halves' | 'neighbours';
  readonly fused: readonly FusedTensor[];
  /** What tensors are called in layers with experts. */
  readonly experts: ExpertNames;
}

/** Names within a layer: `mlp.gate`, the router; `mlp.experts.0.gate_proj`, an expert's projection; `mlp.experts.gate_up_proj`, all experts'. */
export interface ExpertNames {
  /** `mlp`. */
  readonly block: string;
  readonly projections: Readonly<Record<'gate_proj' | 'up_proj' | 'down_proj', string>>;
}

/** Llama's layers: what every family has that does not say otherwise. */
export const llamaLayers: LayerForm = {
  norms: { attentionInput: 'input_layernorm', mlpInput: 'post_attention_layernorm' },
  normsAddOne: false,
  queryKeyNorm: 'none',
  activation: 'silu',
  rotaryPairs: 'halves',
  fused: [],
  experts: {
    block: 'mlp',
    projections: { gate_proj: 'gate_proj', up_proj: 'up_proj', down_proj: 'down_proj' },
  },
};

/** The kind of a layer's attention: what rotates its queries and keys, and how far they look. */
export interface AttentionKind {
  /** Frequencies: the model's own, or those of sliding layers. */
  readonly rope: 'own' | 'sliding' | undefined;
  readonly window: number | undefined;
}

/** Of each layer; layers alike share one object. */
export function attentionKinds(architecture: Architecture): readonly AttentionKind[] {
  const { layers, slidingWindow, slidingLayers, slidingRope, unrotatedLayers } = architecture;
  const kinds = new Map<string, AttentionKind>();
  return Array.from({ length: layers }, (_, layer) => {
    const sliding = slidingLayers === undefined || slidingLayers.includes(layer);
    const rope = sliding && slidingRope !== undefined ? 'sliding' : 'own';
    const kind: AttentionKind = {
      rope: unrotatedLayers?.includes(layer) === true ? undefined : rope,
      window: sliding ? slidingWindow : undefined,
    };
    const key = `${kind.rope} ${kind.window}`;
    if (!kinds.has(key)) kinds.set(key, kind);
    return kinds.get(key)!;
  });
}
