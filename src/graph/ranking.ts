import { type GraphProto, TensorProto_DataType } from './onnx/gen/onnx-ml_pb.ts';
import type { GraphScope } from './onnx/graphScope.ts';
import type { Value } from './onnx/value.ts';
import type { ValueType } from './onnx/valueInfo.ts';

/*
 * Ranks neurons by their scores and sums the scores up in ONNX nodes, so that scores need not leave the device. Ranks and
 * sums are those of src/method/sampleRanking.ts, bit for bit but for the sign of a zero, which the runtime loses on a CPU.
 *
 * A TopK of floats leaves open which of equal scores comes first: CUDA's takes those at the limit as its threads meet
 * them. So what is sorted are float64 keys, no two of them equal: `key = score · (1 − index · 2⁻⁵¹)`. With fewer than 2²⁶
 * neurons a factor takes less than 2⁻²⁵ off a score, and two different float32 scores lie at least 2⁻²⁴ of the larger
 * apart; keys of equal scores lie 2⁻⁵¹ apart, and rounding moves each by 2⁻⁵³ at most. Both orders are kept.
 */

/** Most neurons whose keys keep the order. */
export const mostRankedNeurons = 2 ** 26;
const keyStep = 2 ** -51;
/** Stands in for +Infinity: above every finite float32, and with its factor still so. */
const aboveAll = 2 ** 128;

/** What ranking reads beside scores, an input of graphs that rank: most ranks kept of a target, `[1]`, no more than neurons. */
export const rankLimit: ValueType = { name: 'rank_limit', type: 'int64', shape: [1] };

/** The other input: how many of the ranked neurons' scores are given with them, `[1]`; of fewer ranks, of all. */
export const keptScores: ValueType = { name: 'kept_scores', type: 'int64', shape: [1] };

/** What ranking gives; further outputs of a graph that ranks. */
export const rankingOutputs = {
  /** Flat indices of neurons, best first, -1 where no score is positive any more: `[N, limit]` int32. */
  ranked: 'ranked',
  /** Scores of the first of them, `[N, kept]` float32; whatever it may be where there is no rank. */
  top: 'top_scores',
  /** Sums over the targets, added in their order, `[neurons]` float64. */
  sum: 'score_sum',
  /** Largest scores, NaN aside, `[neurons]` float32. */
  max: 'score_max',
} as const;

export const rankingOutputTypes: readonly ValueType[] = [
  { name: rankingOutputs.ranked, type: 'int32' },
  { name: rankingOutputs.top, type: 'float32' },
  { name: rankingOutputs.sum, type: 'float64' },
  { name: rankingOutputs.max, type: 'float32' },
];

/**
 * What a neuron's score is multiplied with to make its key, `[neurons]` float64.
 * @param scope the outermost graph: the runtime computes them when the session is made
 */
export function keyFactors(scope: GraphScope, neurons: number): Value {
  const { initializers } = scope;
  const bounds = [0, neurons, 1].map((bound) => initializers.double(bound));
  const lowered = scope.op('Mul', [scope.op('Range', bounds), initializers.double(keyStep)]);
  return scope.op('Sub', [initializers.double(1), lowered]);
}

/**
 * Ranks and sums of targets, one target after the other: sums depend on their order, and sorting takes memory.
 * @param scores `[N, neurons]`; @param factors of {@link keyFactors}
 */
export function rankTargets(
  scope: GraphScope,
  scores: Value,
  factors: Value,
  neurons: number,
): Readonly<Record<keyof typeof rankingOutputs, Value>> {
  const every = scope.initializers.ints([neurons]);
  const sumBefore = scope.op('Expand', [scope.initializers.double(0), every]);
  const maxBefore = scope.op('Expand', [scope.initializers.scalar(Number.NEGATIVE_INFINITY), every]);
  const body = { body: { graph: ranksOfOne(scope.branch(), factors, neurons) }, num_scan_inputs: 1 };
  const [sum, max, ranked, top] = scope.ops('Scan', [sumBefore, maxBefore, scores], 4, body);
  return { ranked: ranked!, top: top!, sum: sum!, max: max! };
}

/** The loop's body: sums and maxima so far and a target's scores, to sums, maxima, its ranks and their first scores. */
function ranksOfOne(scope: GraphScope, factors: Value, neurons: number): GraphProto {
  const { initializers } = scope;
  const [sumBefore, maxBefore, scores] = ['ranking_sum', 'ranking_max', 'ranking_scores'] as Value[] as [
    Value,
    Value,
    Value,
  ];
  const wide = (x: Value) => scope.op('Cast', [x], { to: TensorProto_DataType.DOUBLE });
  const sum = scope.op('Add', [sumBefore, wide(scores)]);
  // Not Max, which would keep a NaN.
  const max = scope.op('Where', [scope.op('Greater', [scores, maxBefore]), scores, maxBefore]);
  const zero = initializers.scalar(0);
  const positive = scope.op('Where', [scope.op('Greater', [scores, zero]), scores, zero]);
  const finite = scope.op('Min', [wide(positive), initializers.double(aboveAll)]);
  const key = scope.op('Mul', [finite, factors]);
  const [keys, indices] = scope.ops('TopK', [key, rankLimit.name as Value], 2, {
    axis: -1,
    largest: 1,
    sorted: 1,
  });
  const neuron = scope.op('Cast', [indices!], { to: TensorProto_DataType.INT32 });
  const hasRank = scope.op('Greater', [keys!, initializers.double(0)]);
  const ranked = scope.op('Where', [hasRank, neuron, initializers.int(-1)]);
  const first = scope.op('Slice', [indices!, initializers.ints([0]), keptScores.name as Value]);
  const top = scope.op('Gather', [scores, first]);
  return scope.graph(
    'ranking',
    [
      { name: sum, type: 'float64', shape: [neurons] },
      { name: max, type: 'float32', shape: [neurons] },
      { name: ranked, type: 'int32' },
      { name: top, type: 'float32' },
    ],
    [
      { name: sumBefore, type: 'float64', shape: [neurons] },
      { name: maxBefore, type: 'float32', shape: [neurons] },
      { name: scores, type: 'float32', shape: [neurons] },
    ],
    false,
  );
}
