import type { Architecture } from '../checkpoint/architecture.ts';
import { finalNormName } from '../checkpoint/tensorNames.ts';
import { GraphScope, type Value } from './graphScope.ts';
import { Initializers } from './initializers.ts';
import { gatherRows, sumLast } from './linear.ts';
import { rmsNorm } from './rmsNorm.ts';
import { modelBytes } from './segmentModel.ts';
import type { ValueType } from './valueInfo.ts';
import { floatWeight, type LocateWeight } from './weights.ts';

export const headInputs = { stream: 'stream', gold: 'gold' } as const;

export const headOutputs = {
  /** Entropy of the next-token distribution, nats, `[R]`. */
  entropy: 'entropy',
  /** Probability of the most likely token, `[R]`. */
  top1Probability: 'top1_probability',
  /** Negative log-likelihood of the gold token, nats, `[R]`. */
  negativeLogLikelihood: 'negative_log_likelihood',
  /** `[R, k]`, int64, most likely first. */
  topIds: 'top_ids',
  /** `[R, k]`. */
  topProbabilities: 'top_probabilities',
} as const;

/**
 * ONNX bytes of final norm, output head and everything read off the logits; the logits themselves never leave.
 * @param names tensors of the head: the embedding where it is tied
 * @param topTokens how many of the most likely tokens to give, at most the vocabulary
 */
export function headModel(
  architecture: Architecture,
  names: { readonly weight: string; readonly bias: string | undefined },
  topTokens: number,
  locate: LocateWeight,
): Uint8Array {
  const scope = new GraphScope(new Initializers());
  const { initializers } = scope;
  const stream = headInputs.stream as Value;
  const gold = headInputs.gold as Value;
  const weight = floatWeight(scope, locate(names.weight));
  const bias = names.bias === undefined ? undefined : floatWeight(scope, locate(names.bias));
  const gamma = floatWeight(scope, locate(finalNormName));

  const x = rmsNorm(scope, stream, gamma, architecture.rmsNormEps).y;
  const logits = scope.op('Gemm', bias === undefined ? [x, weight] : [x, weight, bias], { transB: 1 });
  const largest = scope.op('ReduceMax', [logits, initializers.ints([-1])], { keepdims: 1 });
  const shifted = scope.op('Sub', [logits, largest]);
  const exponentials = scope.op('Exp', [shifted]);
  const total = sumLast(scope, exponentials);
  const logTotal = scope.op('Log', [total]);
  const mean = scope.op('Div', [sumLast(scope, scope.op('Mul', [exponentials, shifted])), total]);

  // The gold logit from its own row of the head: no gather across [R, V].
  const goldRows = gatherRows(scope, weight, gold);
  let goldLogit = sumLast(scope, scope.op('Mul', [x, goldRows]));
  if (bias !== undefined) {
    const column = scope.op('Unsqueeze', [gatherRows(scope, bias, gold), initializers.ints([-1])]);
    goldLogit = scope.op('Add', [goldLogit, column]);
  }
  const goldShifted = scope.op('Sub', [goldLogit, largest]);

  const [topShifted, topIds] = scope.ops('TopK', [shifted, initializers.ints([topTokens])], 2, { axis: -1 });
  const squeeze = (value: Value) => scope.op('Squeeze', [value, initializers.ints([-1])]);
  const results: Record<keyof typeof headOutputs, Value> = {
    entropy: squeeze(scope.op('Sub', [logTotal, mean])),
    top1Probability: squeeze(scope.op('Reciprocal', [total])),
    negativeLogLikelihood: squeeze(scope.op('Sub', [logTotal, goldShifted])),
    topIds: topIds!,
    topProbabilities: scope.op('Div', [scope.op('Exp', [topShifted!]), total]),
  };
  const outputs = (Object.keys(headOutputs) as (keyof typeof headOutputs)[]).map((key): ValueType => {
    scope.named(results[key], headOutputs[key]);
    return { name: headOutputs[key], type: key === 'topIds' ? 'int64' : 'float32' };
  });
  return modelBytes(
    scope.graph('head', outputs, [
      { name: headInputs.stream, type: 'float32', shape: ['R', architecture.hiddenSize] },
      { name: headInputs.gold, type: 'int64', shape: ['R'] },
    ]),
  );
}
