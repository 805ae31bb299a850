import { type Architecture, expertsAt, projectionShape } from './architecture.ts';
import { layerForm } from './families.ts';
import { storedProjections } from './projectionPlace.ts';
import {
  embeddingName,
  finalNormName,
  headBiasName,
  headName,
  layerNormName,
  queryKeyNormName,
  routerName,
} from './tensorNames.ts';

/**
 * Name and shape of every tensor that a checkpoint of this architecture stores, in the order of the forward pass. A
 * tied head is not among them.
 */
export function* expectedTensors(architecture: Architecture): Generator<readonly [string, readonly number[]]> {
  const { layers, hiddenSize, headDim, vocabSize } = architecture;
  const { norms, queryKeyNorm, experts: expertNames } = layerForm(architecture);
  const heads = (projection: 'q_proj' | 'k_proj') =>
    queryKeyNorm === 'row' ? projectionShape(architecture, 0, projection)[0] : headDim;
  yield [embeddingName, [vocabSize, hiddenSize]];
  for (let layer = 0; layer < layers; layer++) {
    const norm = (name: string | undefined) =>
      name === undefined ? [] : ([[layerNormName(layer, name), [hiddenSize]]] as const);
    yield* norm(norms.attentionInput);
    for (const [module, { rows, columns, bias }] of storedProjections(architecture, layer)) {
      yield [`${module}.weight`, [rows, columns]];
      if (bias) yield [`${module}.bias`, [rows]];
    }
    const experts = expertsAt(architecture, layer);
    if (experts !== undefined) yield [routerName(layer, expertNames), [experts.count, hiddenSize]];
    if (architecture.queryKeyNorm) {
      yield [queryKeyNormName(layer, 'q_norm'), [heads('q_proj')]];
      yield [queryKeyNormName(layer, 'k_norm'), [heads('k_proj')]];
    }
    yield* norm(norms.attentionWrite);
    yield* norm(norms.mlpInput);
    yield* norm(norms.mlpWrite);
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
