import {
  type Architecture,
  expertsAt,
  isOfExperts,
  projectionShape,
  projections,
} from '../../checkpoint/architecture/architecture.ts';

/* How many weights a decoder layer has, and how many of them a row passes; biases and norms are too small to count. */

function weightsOf(architecture: Architecture, layer: number, experts: number): number {
  const router = (expertsAt(architecture, layer)?.count ?? 0) * architecture.hiddenSize;
  return projections.reduce((sum, projection) => {
    const [rows, columns] = projectionShape(architecture, layer, projection);
    return sum + rows * columns * (isOfExperts(projection) ? experts : 1);
  }, router);
}

/** One layer of each kind that there is: with experts, and without. */
function kinds({ experts, layers }: Architecture): readonly { readonly layer: number; readonly count: number }[] {
  const dense = experts === undefined ? layers : (experts.denseLayers?.length ?? 0);
  const found = [
    { layer: experts === undefined ? 0 : experts.denseLayers?.[0], count: dense },
    {
      layer: Array.from({ length: layers }, (_, layer) => layer).find((layer) => expertsAt({ experts }, layer)),
      count: layers - dense,
    },
  ];
  return found.flatMap(({ layer, count }) => (layer === undefined || count === 0 ? [] : [{ layer, count }]));
}

/** Weights of the largest decoder layer, all its experts', in elements. */
export function layerWeights(architecture: Architecture): number {
  return Math.max(
    ...kinds(architecture).map(({ layer }) =>
      weightsOf(architecture, layer, expertsAt(architecture, layer)?.count ?? 1),
    ),
  );
}

/** Weights of all decoder layers, all their experts', in elements. */
export function allLayerWeights(architecture: Architecture): number {
  return kinds(architecture).reduce(
    (sum, { layer, count }) => sum + count * weightsOf(architecture, layer, expertsAt(architecture, layer)?.count ?? 1),
    0,
  );
}

/** Weights that a row passes in a decoder layer, on average over the layers: of experts only those that it is given to. */
export function activeLayerWeights(architecture: Architecture): number {
  const sum = kinds(architecture).reduce(
    (sum, { layer, count }) =>
      sum + count * weightsOf(architecture, layer, expertsAt(architecture, layer)?.perToken ?? 1),
    0,
  );
  return sum / architecture.layers;
}
