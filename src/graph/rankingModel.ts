import { GraphScope } from './onnx/graphScope.ts';
import { Initializers } from './onnx/initializers.ts';
import type { Value } from './onnx/value.ts';
import type { ValueType } from './onnx/valueInfo.ts';
import { keptScores, keyFactors, type rankingOutputs, rankingOutputTypes, rankLimit, rankTargets } from './ranking.ts';
import { modelBytes } from './segmentModel.ts';

/* A model that ranks given scores, to try whether a device ranks as the host does. */

/** Inputs of {@link rankingModel} beside `rankLimit` and `keptScores`; it gives `rankingOutputs`. */
export const rankingModelInputs = {
  /** `[N, neurons]` float32. */
  scores: 'scores',
  /** Scalar: whether to rank; nothing comes of a run that does not. */
  rank: 'rank',
} as const;

/** ONNX bytes of a model that ranks scores, with the nodes that attribution's graph has, and in a branch as there. */
export function rankingModel(neurons: number): Uint8Array {
  const scope = new GraphScope(new Initializers());
  const factors = keyFactors(scope, neurons);
  const branch = (valuesOf: (inner: GraphScope) => Readonly<Record<keyof typeof rankingOutputs, Value>>) => {
    const inner = scope.branch();
    const { ranked, top, sum, max } = valuesOf(inner);
    const outputs = [ranked, top, sum, max].map((value, i): ValueType => {
      return { name: inner.op('Identity', [value]), type: rankingOutputTypes[i]!.type };
    });
    return inner.graph('branch', outputs);
  };
  const nothing = ({ initializers }: GraphScope) => ({
    ranked: initializers.empty('int32'),
    top: initializers.empty(),
    sum: initializers.empty('float64'),
    max: initializers.empty(),
  });
  const scores = rankingModelInputs.scores as Value;
  const found = scope.ops('If', [rankingModelInputs.rank as Value], rankingOutputTypes.length, {
    then_branch: { graph: branch((inner) => rankTargets(inner, scores, factors, neurons)) },
    else_branch: { graph: branch(nothing) },
  });
  for (const [i, { name }] of rankingOutputTypes.entries()) scope.named(found[i]!, name);
  const inputs: readonly ValueType[] = [
    { name: rankingModelInputs.scores, type: 'float32', shape: ['N', neurons] },
    { name: rankingModelInputs.rank, type: 'bool', shape: [] },
    rankLimit,
    keptScores,
  ];
  return modelBytes(scope.graph('ranking', rankingOutputTypes, inputs));
}
