import { type Architecture, projectionShape, projections } from '../../checkpoint/architecture/architecture.ts';

/**
 * Weights of one decoder layer, in elements; biases and norms are too small to count.
 */
export function layerWeights(architecture: Architecture): number {
  return projections.reduce((sum, projection) => {
    const [rows, columns] = projectionShape(architecture, projection);
    return sum + rows * columns;
  }, 0);
}
