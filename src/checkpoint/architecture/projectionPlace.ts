import { type Architecture, type Projection, projectionShape, projections } from './architecture.ts';
import { layerForm } from './families.ts';
import { layerPrefix, projectionName } from './tensorNames.ts';

/* Where a projection lies among a checkpoint's tensors: a tensor of its own, or rows of one that holds several. */

export interface ProjectionPlace {
  /** Without `.weight` or `.bias`: `model.layers.0.self_attn.qkv_proj`. */
  readonly module: string;
  /** The projection's first row in it, and how many it has. */
  readonly first: number;
  readonly rows: number;
  /** It has the tensor to itself. */
  readonly whole: boolean;
}

export function projectionPlace(architecture: Architecture, layer: number, projection: Projection): ProjectionPlace {
  const [rows] = projectionShape(architecture, projection);
  const fused = layerForm(architecture).fused.find(({ parts }) => parts.includes(projection));
  if (fused === undefined) return { module: projectionName(layer, projection), first: 0, rows, whole: true };
  let first = 0;
  for (const part of fused.parts) {
    if (part === projection) break;
    first += projectionShape(architecture, part)[0];
  }
  return { module: layerPrefix(layer) + fused.module, first, rows, whole: false };
}

/** Where projections lie that share a tensor with others, by their names (`model.layers.0.self_attn.q_proj`). */
export function fusedPlaces(architecture: Architecture): ReadonlyMap<string, ProjectionPlace> {
  const places = new Map<string, ProjectionPlace>();
  const parts = layerForm(architecture).fused.flatMap((tensor) => tensor.parts);
  for (let layer = 0; layer < architecture.layers; layer++) {
    for (const part of parts) places.set(projectionName(layer, part), projectionPlace(architecture, layer, part));
  }
  return places;
}

/** A layer's weights as they are stored: each with its rows and columns and whether it has a bias, in the forward's order. */
export function storedProjections(architecture: Architecture, layer: number) {
  const stored = new Map<string, { rows: number; columns: number; bias: boolean }>();
  for (const projection of projections) {
    const { module, rows } = projectionPlace(architecture, layer, projection);
    const before = stored.get(module)?.rows ?? 0;
    const bias = architecture.biases[projection];
    stored.set(module, { rows: before + rows, columns: projectionShape(architecture, projection)[1], bias });
  }
  return stored;
}
