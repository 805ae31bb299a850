import { GraphScope } from './onnx/graphScope.ts';
import { Initializers } from './onnx/initializers.ts';
import type { Value } from './onnx/value.ts';
import { keyFactors, rankingInputTypes, rankingOutputs, rankingOutputTypes, rankTargets } from './ranking.ts';
import { modelBytes } from './segmentModel.ts';

/* A model that ranks given scores, to try whether a device ranks as the host does. */

/** Input of {@link rankingModel}, `[N, neurons]` float32, beside those of `rankingInputs`; it gives `rankingOutputs`. */
export const rankedScores = 'scores';

/** ONNX bytes of a model that ranks scores alone, with the nodes that attribution's graph has. */
export function rankingModel(neurons: number): Uint8Array {
  const scope = new GraphScope(new Initializers());
  const found = rankTargets(scope, rankedScores as Value, keyFactors(scope, neurons), neurons);
  for (const [key, name] of Object.entries(rankingOutputs)) {
    scope.named(found[key as keyof typeof rankingOutputs], name);
  }
  const inputs = [{ name: rankedScores, type: 'float32', shape: ['N', neurons] } as const, ...rankingInputTypes];
  return modelBytes(scope.graph('ranking', rankingOutputTypes, inputs));
}
