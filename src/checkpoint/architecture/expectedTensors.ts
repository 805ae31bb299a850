import { type Architecture, projectionShape, projections } from './architecture.ts';
import {
  embeddingName,
  finalNormName,
  headBiasName,
  headName,
  layerNormName,
  projectionName,
  queryKeyNormName,
} from './tensorNames.ts';

/**
 * Name and shape of every tensor that a checkpoint of this architecture stores, in the order of the forward pass. A
 * tied head is not among them.
 */
export function* expectedTensors(architecture: Architecture): Generator<readonly [string, readonly number[]]> {
  const { layers, hiddenSize, headDim, vocabSize } = architecture;
  yield [embeddingName, [vocabSize, hiddenSize]];
  for (let layer = 0; layer < layers; layer++) {
    yield [layerNormName(layer, 'input_layernorm'), [hiddenSize]];
    for (const projection of projections) {
      const shape = projectionShape(architecture, projection);
      const name = projectionName(layer, projection);
      yield [`${name}.weight`, shape];
      if (architecture.biases[projection]) yield [`${name}.bias`, [shape[0]]];
    }
    if (architecture.queryKeyNorm) {
      yield [queryKeyNormName(layer, 'q_norm'), [headDim]];
      yield [queryKeyNormName(layer, 'k_norm'), [headDim]];
    }
    yield [layerNormName(layer, 'post_attention_layernorm'), [hiddenSize]];
  }
  yield [finalNormName, [hiddenSize]];
  if (!architecture.tiedEmbeddings) yield [headName, [vocabSize, hiddenSize]];
  if (architecture.headBias) yield [headBiasName, [vocabSize]];
}

/** Parameters of a checkpoint of this architecture; a tied head counts once. */
export function expectedParameters(architecture: Architecture): number {
  let count = 0;
  for (const [, shape] of expectedTensors(architecture)) count += shape.reduce((product, size) => product * size, 1);
  return count;
}
