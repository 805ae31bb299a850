import type { Architecture } from '../checkpoint/architecture/architecture.ts';
import { finalNormName } from '../checkpoint/architecture/tensorNames.ts';
import { linear } from './layers/linear.ts';
import { rmsNorm } from './layers/rmsNorm.ts';
import { gatherRows, sumLast } from './layers/shapes.ts';
import { floatWeight, type HeldWeights, weightMatrix } from './layers/weightMatrix.ts';
import type { LocateWeight } from './layers/weights.ts';
import { type Arithmetic, plainArithmetic } from './onnx/arithmetic.ts';
import { GraphScope } from './onnx/graphScope.ts';
import { type ExternalWeight, Initializers } from './onnx/initializers.ts';
import type { Value } from './onnx/value.ts';
import type { ValueType } from './onnx/valueInfo.ts';
import { modelBytes } from './segmentModel.ts';

/* Builds the ONNX graph of the output head: final norm, logits of some tokens, and what is measured of them. */

/** `gold` counts from the block's first row. */
export const headInputs = { stream: 'stream', gold: 'gold' } as const;

/** All `[R]` unless said. A block sees its own rows of the head only; see HeadMeasures for putting blocks together. */
export const headOutputs = {
  /** Largest logit `m`. */
  largest: 'largest',
  /** `Σ exp(z − m)`. */
  total: 'total',
  /** `Σ exp(z − m) (z − m)`. */
  weighted: 'weighted',
  /** The gold token's logit. */
  goldLogit: 'gold_logit',
  /** `[R, k]`, int64, from the block's first row, most likely first. */
  topIds: 'top_ids',
  /** The same tokens' logits, `[R, k]`. */
  topLogits: 'top_logits',
} as const;

/** Rows `from` up to, not including, `to` of the output head: the tokens it gives logits to. */
export interface VocabRange {
  readonly from: number;
  readonly to: number;
}

/** Rows of a tensor, where they lie in its file. */
function rowsOf(weight: ExternalWeight, { from, to }: VocabRange): ExternalWeight {
  const [rows, ...rest] = weight.shape;
  const rowBytes = weight.byteLength / rows!;
  const [begin, byteLength] = [weight.begin + from * rowBytes, (to - from) * rowBytes];
  return { ...weight, shape: [to - from, ...rest], begin, byteLength };
}

/**
 * ONNX bytes of final norm, a block of the output head and everything read off its logits; the logits never leave.
 * @param names tensors of the head: the embedding where it is tied
 * @param topTokens how many of the most likely tokens to give, at most those of the block
 */
export function headModel(
  architecture: Architecture,
  names: { readonly weight: string; readonly bias: string | undefined },
  block: VocabRange,
  topTokens: number,
  locate: LocateWeight,
  held: HeldWeights,
  arithmetic: Arithmetic = plainArithmetic,
): Uint8Array {
  const scope = new GraphScope(new Initializers(), arithmetic);
  const { initializers } = scope;
  const stream = headInputs.stream as Value;
  const gold = headInputs.gold as Value;
  const bias = names.bias === undefined ? undefined : floatWeight(scope, rowsOf(locate(names.bias), block));
  const gamma = floatWeight(scope, locate(finalNormName));

  const x = rmsNorm(scope, stream, gamma, architecture.rmsNormEps).y;
  // Widened once, for the product and for the gold rows.
  const weight = weightMatrix(scope, rowsOf(locate(names.weight), block), held)(scope, x);
  const logits = linear(scope, x, { weight: () => weight, bias });
  const largest = scope.op('ReduceMax', [logits, initializers.ints([-1])], { keepdims: 1 });
  const shifted = scope.op('Sub', [logits, largest]);
  const exponentials = scope.op('Exp', [shifted]);

  // The gold logit from its own row of the head: no gather across [R, V].
  const goldRows = weight
    .map((part) => gatherRows(scope, part, gold))
    .reduce((sum, rows) => scope.op('Add', [sum, rows]));
  let goldLogit = sumLast(scope, scope.op('Mul', [x, goldRows]), true);
  if (bias !== undefined) goldLogit = scope.op('Add', [goldLogit, gatherRows(scope, bias, gold)]);

  const [topLogits, topIds] = scope.ops('TopK', [logits, initializers.ints([topTokens])], 2, { axis: -1 });
  const results: Record<keyof typeof headOutputs, Value> = {
    largest: scope.op('Squeeze', [largest, initializers.ints([-1])]),
    total: sumLast(scope, exponentials, true),
    weighted: sumLast(scope, scope.op('Mul', [exponentials, shifted]), true),
    goldLogit,
    topIds: topIds!,
    topLogits: topLogits!,
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
    arithmetic,
  );
}
