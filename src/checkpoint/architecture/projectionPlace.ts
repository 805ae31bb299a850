import {
  type Architecture,
  expertsAt,
  isOfExperts,
  isWrite,
  type Projection,
  projectionShape,
  projections,
} from './architecture.ts';
import { layerForm } from './families.ts';
import type { ExpertNames } from './layerForm.ts';
import { expertName, layerPrefix, projectionName } from './tensorNames.ts';

/*
 * Where a projection lies among a checkpoint's tensors: a tensor of its own, rows of one that holds several, or in layers
 * with experts a tensor of each expert.
 */

export interface ProjectionPlace {
  /** Without `.weight` or `.bias`: `model.layers.0.self_attn.qkv_proj`. */
  readonly module: string;
  /** The projection's first row in it, and how many it has. */
  readonly first: number;
  readonly rows: number;
  /** It has the tensor to itself. */
  readonly whole: boolean;
}

/** Where a projection of the layer lies; of experts, each one's, in their order. */
export function projectionPlaces(
  architecture: Architecture,
  layer: number,
  projection: Projection,
): readonly [ProjectionPlace, ...ProjectionPlace[]] {
  const experts = isOfExperts(projection) ? expertsAt(architecture, layer) : undefined;
  if (experts === undefined) return [placeOf(architecture, layer, projection)];
  const [rows] = projectionShape(architecture, layer, projection);
  const { experts: names } = layerForm(architecture);
  const place = (expert: number): ProjectionPlace => {
    const module = expertName(layer, expert, projection as keyof ExpertNames['projections'], names);
    return { module, first: 0, rows, whole: true };
  };
  return [place(0), ...Array.from({ length: experts.count - 1 }, (_, i) => place(i + 1))];
}

function placeOf(architecture: Architecture, layer: number, projection: Projection): ProjectionPlace {
  const [rows] = projectionShape(architecture, layer, projection);
  const fused = layerForm(architecture).fused.find(({ parts }) => parts.includes(projection));
  if (fused === undefined) return { module: projectionName(layer, projection), first: 0, rows, whole: true };
  let first = 0;
  for (const part of fused.parts) {
    if (part === projection) break;
    first += projectionShape(architecture, layer, part)[0];
  }
  return { module: layerPrefix(layer) + fused.module, first, rows, whole: false };
}

/** Neurons of a projection that lie in one tensor. */
export interface PlacedNeurons {
  readonly place: ProjectionPlace;
  /** The projection's neurons there: the first, as it counts its own, and how many. */
  readonly from: number;
  readonly width: number;
}

/** A projection's neurons, tensor by tensor: of experts one after the other's. */
export function placedNeurons(architecture: Architecture, layer: number, projection: Projection): PlacedNeurons[] {
  const [rows, columns] = projectionShape(architecture, layer, projection);
  const width = isWrite(projection) ? columns : rows;
  return projectionPlaces(architecture, layer, projection).map((place, i) => ({ place, from: i * width, width }));
}

/**
 * Some of a projection's neurons by the tensors that they lie in, tensors without any left out.
 * @param neurons ascending, as the projection counts its own
 * @returns neurons as the tensor's part counts them: from its own first
 */
export function neuronsByTensor(
  tensors: readonly PlacedNeurons[],
  neurons: Uint32Array,
): { readonly place: ProjectionPlace; readonly neurons: Uint32Array }[] {
  let at = 0;
  return tensors.flatMap(({ place, from, width }) => {
    const start = at;
    while (at < neurons.length && neurons[at]! < from + width) at++;
    return at === start ? [] : [{ place, neurons: neurons.subarray(start, at).map((neuron) => neuron - from) }];
  });
}

/**
 * Of projections that lie elsewhere than in a tensor of their own name (`model.layers.0.self_attn.q_proj`), by that name: in
 * one with others, or in those of experts.
 */
export function placedElsewhere(architecture: Architecture): ReadonlyMap<string, readonly PlacedNeurons[]> {
  const places = new Map<string, readonly PlacedNeurons[]>();
  for (let layer = 0; layer < architecture.layers; layer++) {
    for (const projection of projections) {
      const name = projectionName(layer, projection);
      const placed = placedNeurons(architecture, layer, projection);
      if (placed[0]?.place.module !== name) places.set(name, placed);
    }
  }
  return places;
}

/** A layer's weights as they are stored: each with its rows and columns and whether it has a bias, in the forward's order. */
export function storedProjections(architecture: Architecture, layer: number) {
  const stored = new Map<string, { rows: number; columns: number; bias: boolean }>();
  for (const projection of projections) {
    const [, columns] = projectionShape(architecture, layer, projection);
    const bias = architecture.biases[projection];
    for (const { module, rows } of projectionPlaces(architecture, layer, projection)) {
      stored.set(module, { rows: (stored.get(module)?.rows ?? 0) + rows, columns, bias });
    }
  }
  return stored;
}
