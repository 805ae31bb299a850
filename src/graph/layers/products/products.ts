import type { ProductUnits } from '../../onnx/arithmetic.ts';
import { TensorProto_DataType } from '../../onnx/gen/onnx-ml_pb.ts';
import type { GraphScope } from '../../onnx/graphScope.ts';
import type { Value } from '../../onnx/value.ts';
import { transpose } from '../shapes.ts';

/*
 * Matrix products in ONNX nodes, for units that see fewer bits of a float32 than it has.
 *
 * TF32's tensor cores see ten of the 23 bits of an operand's fraction, and multiply what they see without rounding. A
 * float32 is the sum of a high part of as many bits and a low part of about as many again; products of parts, added up in
 * float32, are then as good as float32's own. A matrix that was stored in bf16 or f16 has no more bits than they see: two
 * products do. Where both operands are float32 it takes three; that of both low parts is below what float32 can tell.
 */

/** Two values that add up to a third without rounding. */
export interface Parts {
  readonly high: Value;
  readonly low: Value;
}

/** Leaves 24 − 13 = 11 bits, of which the leading one is not stored. */
const splitFactor = 2 ** 13 + 1;
const partsOf = new WeakMap<GraphScope, Map<Value, Parts>>();

/**
 * A float32 value in two parts, each once in a graph. It is Veltkamp's split (Dekker, Numerische Mathematik 18, 1971):
 * `c = (2¹³ + 1) x`, `high = c − (c − x)`, rounded to nearest; the low part has 12 bits at most, and loses the last of them
 * to units that see 11: 2⁻²⁴ of `x`. No device that matters has bit casts, and a cast to bf16 would leave more than the
 * units see of the rest. Above 2¹¹⁵, 4·10³⁴, it overflows to NaN: no stream or gradient of a float32 model comes near, as
 * its norms overflow from 2⁶⁴ on. Each step is a node of its own, which no runtime may merge into a multiply-add.
 */
export function inParts(scope: GraphScope, x: Value): Parts {
  let known = partsOf.get(scope);
  if (known === undefined) {
    known = new Map();
    partsOf.set(scope, known);
  }
  let parts = known.get(x);
  if (parts === undefined) {
    const scaled = scope.op('Mul', [x, scope.initializers.scalar(splitFactor)]);
    const high = scope.op('Sub', [scaled, scope.op('Sub', [scaled, x])]);
    parts = { high, low: scope.op('Sub', [x, high]) };
    known.set(x, parts);
  }
  return parts;
}

/** Added to a value's bits, and what stays of them then. */
const seen: Readonly<Record<ProductUnits, { add: number; keep: number }>> = {
  tf32Cut: { add: 0, keep: 0xffffe000 },
  tf32Rounded: { add: 0x1000, keep: 0xffffe000 },
  bfloat16: { add: 0x8000, keep: 0xffff0000 },
};

/** What the units see of an operand: itself, unless they are emulated. */
function operand(scope: GraphScope, x: Value): Value {
  const { initializers, arithmetic } = scope;
  if (arithmetic.units === undefined) return x;
  const { add, keep } = seen[arithmetic.units];
  const bits = scope.op('BitCast', [x], { to: TensorProto_DataType.UINT32 });
  const rounded = add === 0 ? bits : scope.op('Add', [bits, initializers.unsigned([add])]);
  const kept = scope.op('BitwiseAnd', [rounded, initializers.unsigned([keep])]);
  return scope.op('BitCast', [kept], { to: TensorProto_DataType.FLOAT });
}

/** `a b`, as the units do it. */
function matMul(scope: GraphScope, a: Value, b: Value): Value {
  return scope.op('MatMul', [operand(scope, a), operand(scope, b)]);
}

/**
 * `sum + x W`, or with `transposed` `sum + x Wᵀ`, with the matrix in one piece or in its parts. Smaller products first.
 * @param sum of the product's shape: it is added after the product, not by the units
 */
export function addedProduct(
  scope: GraphScope,
  sum: Value | undefined,
  x: Value,
  matrix: readonly [Value] | readonly [low: Value, high: Value],
  transposed: boolean,
): Value {
  const { high, low } = inParts(scope, x);
  const [first, second] = matrix;
  const pairs: readonly (readonly [Value, Value])[] =
    second === undefined
      ? [
          [low, first],
          [high, first],
        ]
      : [
          [low, second],
          [high, first],
          [high, second],
        ];
  let result = sum;
  for (const [part, factor] of pairs) {
    const operands = [operand(scope, part), operand(scope, factor)];
    result = scope.op('Gemm', result === undefined ? operands : [...operands, result], transposed ? { transB: 1 } : {});
  }
  return result!;
}

/** A single product of a linear map, `x Wᵀ + b` or `x W`. */
export function plainLinear(scope: GraphScope, x: Value, matrix: Value, bias: Value | undefined): Value {
  const operands = [operand(scope, x), operand(scope, matrix)];
  return scope.op('Gemm', bias === undefined ? operands : [...operands, bias], { transB: 1 });
}

/**
 * `a bᵀ` where the axis that is summed over, the last of both, is short against the result: the parts are laid end to end
 * along it, so that the largest value is written once.
 * @param swap exchanges the last two axes of `b`
 */
export function productOfRows(scope: GraphScope, a: Value, b: Value, swap: readonly number[]): Value {
  if (!scope.arithmetic.split) {
    const swapped = transpose(scope, b, swap);
    return matMul(scope, a, swapped);
  }
  const [partsA, partsB] = [inParts(scope, a), inParts(scope, b)];
  const laidOut = (parts: readonly Value[]) => scope.op('Concat', parts, { axis: -1 });
  const left = laidOut([partsA.low, partsA.high, partsA.high]);
  const right = laidOut([partsB.high, partsB.low, partsB.high]);
  return matMul(scope, left, transpose(scope, right, swap));
}

/** `a b`, where the axis that is summed over may be long. */
export function product(scope: GraphScope, a: Value, b: Value): Value {
  if (!scope.arithmetic.split) return matMul(scope, a, b);
  const [partsA, partsB] = [inParts(scope, a), inParts(scope, b)];
  const small = scope.op('Add', [matMul(scope, partsA.low, partsB.high), matMul(scope, partsA.high, partsB.low)]);
  return scope.op('Add', [small, matMul(scope, partsA.high, partsB.high)]);
}
