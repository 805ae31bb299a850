import type { Architecture } from '../checkpoint/architecture/architecture.ts';
import { layerForm } from '../checkpoint/architecture/families.ts';
import { finalNormName } from '../checkpoint/architecture/tensorNames.ts';
import { linear } from './layers/products/linear.ts';
import { type HeldWeights, joinedFloats, joinedMatrix } from './layers/products/weightMatrix.ts';
import { type LocateWeight, normGamma } from './layers/products/weights.ts';
import { rmsNorm } from './layers/rmsNorm.ts';
import { gatherRows, sumLast } from './layers/shapes.ts';
import { softCap } from './layers/softCap.ts';
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

/** A block of the head: its rows in their order, in as many parts as there are places where they lie. */
export interface HeadBlock {
  readonly weight: readonly ExternalWeight[];
  readonly bias: readonly ExternalWeight[] | undefined;
}

/** Final norm and logits of rows of the residual stream, `[R, D]`, with the weights that were read on the way. */
export function headLogits(
  scope: GraphScope,
  architecture: Architecture,
  head: HeadBlock,
  locate: LocateWeight,
  held: HeldWeights,
  stream: Value,
) {
  const bias = head.bias === undefined ? undefined : joinedFloats(scope, head.bias);
  const gamma = normGamma(scope, locate(finalNormName), layerForm(architecture).normsAddOne);
  const x = rmsNorm(scope, stream, gamma, architecture.rmsNormEps).y;
  // Widened once, for the product and for whoever reads single rows of it.
  const weight = joinedMatrix(scope, head.weight, held)(scope, x);
  const logits = scaledLogits(scope, architecture, linear(scope, x, { weight: () => weight, bias }));
  return { x, weight, bias, logits };
}

/** Logits as the model gives them, from products with the head: divided and capped where the family does. */
function scaledLogits(scope: GraphScope, { logitDivisor, logitSoftCap }: Architecture, products: Value): Value {
  const divided =
    logitDivisor === undefined ? products : scope.op('Div', [products, scope.initializers.scalar(logitDivisor)]);
  return logitSoftCap === undefined ? divided : softCap(scope, divided, logitSoftCap).y;
}

/** Of logits `[R, V]`: the largest `m` and `z − m`, and what entropy is made of (see `headOutputs`), `[R]`. */
export function logitSums(scope: GraphScope, logits: Value) {
  const largest = scope.op('ReduceMax', [logits, scope.initializers.ints([-1])], { keepdims: 1 });
  const shifted = scope.op('Sub', [logits, largest]);
  const exponentials = scope.op('Exp', [shifted]);
  return {
    largest,
    shifted,
    exponentials,
    total: sumLast(scope, exponentials, true),
    weighted: sumLast(scope, scope.op('Mul', [exponentials, shifted]), true),
  };
}

/**
 * ONNX bytes of final norm, a block of the output head and everything read off its logits; the logits never leave.
 * @param head the block's rows: of the embedding where the head is tied
 * @param topTokens how many of the most likely tokens to give, at most those of the block
 */
export function headModel(
  architecture: Architecture,
  head: HeadBlock,
  topTokens: number,
  locate: LocateWeight,
  held: HeldWeights,
  arithmetic: Arithmetic = plainArithmetic,
): Uint8Array {
  const scope = new GraphScope(new Initializers(), arithmetic);
  const { initializers } = scope;
  const stream = headInputs.stream as Value;
  const gold = headInputs.gold as Value;
  const { x, weight, bias, logits } = headLogits(scope, architecture, head, locate, held, stream);
  const { largest, total, weighted } = logitSums(scope, logits);

  // The gold logit from its own row of the head: no gather across [R, V].
  const goldRows = weight
    .map((part) => gatherRows(scope, part, gold))
    .reduce((sum, rows) => scope.op('Add', [sum, rows]));
  let goldLogit = sumLast(scope, scope.op('Mul', [x, goldRows]), true);
  if (bias !== undefined) goldLogit = scope.op('Add', [goldLogit, gatherRows(scope, bias, gold)]);
  goldLogit = scaledLogits(scope, architecture, goldLogit);

  const [topLogits, topIds] = scope.ops('TopK', [logits, initializers.ints([topTokens])], 2, { axis: -1 });
  const results: Record<keyof typeof headOutputs, Value> = {
    largest: scope.op('Squeeze', [largest, initializers.ints([-1])]),
    total,
    weighted,
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
