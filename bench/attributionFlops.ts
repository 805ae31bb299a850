import type { GeneratedShape } from './generateCheckpoint.ts';

/**
 * Floating-point operations that attribution of one sample cannot do without: the products of matrices, two operations
 * a weight and row, and attention's, dense over `rows × rows`. Not counted: norms, rotary embeddings, softmax, scores.
 *
 * - Forward, over rows `0..max t`: all seven projections in every layer but the last, where all rows need keys and
 *   values alone and the target rows the rest.
 * - Backward of each target, over its rows `0..t`: gradients through all projections in every layer between. The last
 *   layer's begins at one row, all but keys and values pass through that row alone; the first layer's ends at the outputs of
 *   q_proj, k_proj and v_proj, whose own weights nothing passes.
 * - Attention is two products of `rows² × headDim` a head forward and four backward; in the last layer of one row each.
 *
 * @param targets rows of the sample's targets
 */
export function attributionFlops(shape: GeneratedShape, targets: readonly number[]): number {
  const { layers, hidden, intermediate, heads, keyValueHeads, headDim } = shape;
  const width = heads * headDim;
  const keyValue = 2 * hidden * keyValueHeads * headDim;
  const queries = hidden * width;
  const output = width * hidden;
  const block = 3 * hidden * intermediate;
  const rows = Math.max(...targets) + 1;
  let flops = 0;
  for (let layer = 0; layer < layers; layer++) {
    const last = layer === layers - 1;
    const rest = queries + output + block;
    flops += 2 * keyValue * rows;
    flops += last
      ? targets.reduce((sum, t) => sum + 2 * rest + 4 * width * (t + 1), 0)
      : 2 * rest * rows + 4 * width * rows * rows;
    for (const t of targets) {
      const own = t + 1;
      const through = last ? 1 : own;
      flops += 2 * (output + block) * through + 8 * width * own * through;
      if (layer > 0) flops += 2 * keyValue * own + 2 * queries * through;
    }
  }
  return flops;
}
