import { bfloat16ToFloat, float16ToFloat } from '../../../checkpoint/safetensors/floats.ts';
import { TensorProto_DataType } from '../../onnx/gen/onnx-ml_pb.ts';
import type { GraphScope } from '../../onnx/graphScope.ts';
import type { ExternalTensor, ExternalWeight } from '../../onnx/initializers.ts';
import type { Value } from '../../onnx/value.ts';
import { reshape } from '../shapes.ts';
import { inParts } from './products.ts';

/* Puts a weight matrix into a graph, in the way in which the device is to hold it. */

/**
 * How a device holds the matrices of linear maps; what they are multiplied with is float32 in each case, of the same
 * values.
 * - `float32`: widened once, when the session is made. Four bytes a parameter.
 * - `cast`: as the checkpoint stores them, widened by a cast at every use. Two bytes a parameter of bf16 or f16.
 * - `lookup`: the same for devices that have neither bf16 nor shifts (WebGPU): two parameters in an unsigned integer, told
 *   apart by a product and a quotient, each then looked up in a table of all 65,536 values.
 */
export type HeldWeights = 'float32' | 'cast' | 'lookup';

/**
 * A matrix `[out, in]` as float32, where it is not held so: widened no sooner than `after` is known. In one piece, which
 * tensor cores take as it is (bf16 and f16 have no more bits than they see), or as the parts of a float32 matrix: what
 * the high part leaves, and the high part; they add up to it without rounding.
 */
export type Matrix = (scope: GraphScope, after: Value) => readonly [Value] | readonly [low: Value, high: Value];

/** A checkpoint tensor as float32. The runtime folds the cast when the session is made. */
export function floatWeight(scope: GraphScope, weight: ExternalWeight): Value {
  const stored = scope.initializers.external(weight);
  return weight.dtype === 'F32' ? stored : scope.op('Cast', [stored], { to: TensorProto_DataType.FLOAT });
}

/** The element type that all parts have, undefined where they differ. */
function sharedDtype(parts: readonly ExternalWeight[]): ExternalWeight['dtype'] | undefined {
  const dtype = parts[0]?.dtype;
  return parts.every((part) => part.dtype === dtype) ? dtype : undefined;
}

/**
 * Rows that lie in several places as one float32 tensor. The runtime puts them together when the session is made, before
 * it widens them where they are of one type: two bytes an element are held beside the result then, not four.
 */
export function joinedFloats(scope: GraphScope, parts: readonly ExternalWeight[]): Value {
  if (parts.length === 1) return floatWeight(scope, parts[0]!);
  if (sharedDtype(parts) === undefined) {
    const floats = parts.map((part) => floatWeight(scope, part));
    return scope.op('Concat', floats, { axis: 0 });
  }
  const joined = joinedStored(scope, parts);
  return parts[0]!.dtype === 'F32' ? joined : scope.op('Cast', [joined], { to: TensorProto_DataType.FLOAT });
}

function joinedStored(scope: GraphScope, parts: readonly ExternalTensor[]): Value {
  const stored = parts.map((part) => scope.initializers.external(part));
  return scope.op('Concat', stored, { axis: 0 });
}

/**
 * As {@link weightMatrix}, of rows that lie in several places; where they are of several types as float32, whatever was
 * asked for.
 */
export function joinedMatrix(scope: GraphScope, parts: readonly ExternalWeight[], held: HeldWeights): Matrix {
  if (parts.length === 1) return weightMatrix(scope, parts[0]!, held);
  const dtype = sharedDtype(parts);
  if (dtype !== undefined && dtype !== 'F32' && held !== 'float32') {
    const shape = [parts.reduce((rows, part) => rows + part.shape[0]!, 0), ...parts[0]!.shape.slice(1)];
    if (held === 'cast') {
      const stored = joinedStored(scope, parts);
      return (inner, after) => [castOf(inner, stored, shape, after)];
    }
    // Every part in whole pairs, or none.
    const pairs = parts.map(pairsOf);
    if (pairs.every((part) => part !== undefined)) {
      const stored = joinedStored(scope, pairs);
      return (inner, after) => [lookedUp(inner, stored, dtype, shape, after)];
    }
  }
  return floatMatrix(scope, joinedFloats(scope, parts), parts);
}

/** @param scope the outermost graph, so that its branches share what is held */
export function weightMatrix(scope: GraphScope, weight: ExternalWeight, held: HeldWeights): Matrix {
  const stored = storedMatrix(scope, weight, held);
  if (stored !== undefined) return (inner, after) => [stored(inner, after)];
  return floatMatrix(scope, floatWeight(scope, weight), [weight]);
}

/** A matrix that is held in float32: in parts where tensor cores would not see all of it. */
function floatMatrix(scope: GraphScope, value: Value, stored: readonly ExternalWeight[]): Matrix {
  if (!scope.arithmetic.split || stored.every(({ dtype }) => dtype !== 'F32')) return () => [value];
  // From the weight alone: the runtime splits it when the session is made, and holds the parts in its place.
  const { low, high } = inParts(scope, value);
  return () => [low, high];
}

function storedMatrix(
  scope: GraphScope,
  weight: ExternalWeight,
  held: HeldWeights,
): ((scope: GraphScope, after: Value) => Value) | undefined {
  const { dtype, shape } = weight;
  if (dtype === 'F32' || held === 'float32') return undefined;
  if (held === 'cast') {
    const stored = scope.initializers.external(weight);
    return (inner, after) => castOf(inner, stored, shape, after);
  }
  const pairs = pairsOf(weight);
  if (pairs === undefined) return undefined;
  const stored = scope.initializers.external(pairs);
  return (inner, after) => lookedUp(inner, stored, dtype, shape, after);
}

/** A two-byte weight as pairs, `[elements / 2, 1]`; undefined of an odd number, whose last pair would run over its end. */
function pairsOf(weight: ExternalWeight): ExternalTensor | undefined {
  const elements = weight.byteLength / 2;
  return elements % 2 === 0 ? { ...weight, dtype: 'U32', shape: [elements / 2, 1] } : undefined;
}

/**
 * A cast that reads weights alone would be folded when the session is made, or else done before everything, for all
 * weights. Its shape, taken from a value of the run, holds it back and costs nothing on the device.
 */
function castOf(scope: GraphScope, stored: Value, shape: readonly number[], after: Value): Value {
  const { initializers } = scope;
  const rows = scope.op('Shape', [after], { start: 0, end: 1 });
  const none = scope.op('Mul', [rows, initializers.ints([0])]);
  const later = scope.op('Reshape', [stored, scope.op('Add', [none, initializers.ints(shape)])]);
  return scope.op('Cast', [later], { to: TensorProto_DataType.FLOAT });
}

/**
 * With `p = high · 2¹⁶ + low`, a pair as it lies in a little-endian file: `⌊p · [2¹⁶, 1] / 2¹⁶⌋ = [low, high]`, the product
 * modulo 2³². Order and element types leave the device no rounding. The zero holds it back, as in `castOf`.
 */
function lookedUp(
  scope: GraphScope,
  pairs: Value,
  dtype: 'BF16' | 'F16',
  shape: readonly number[],
  after: Value,
): Value {
  const { initializers } = scope;
  const first = scope.op('Slice', [reshape(scope, after, [-1]), initializers.ints([0]), initializers.ints([1])]);
  const zero = scope.op('Cast', [scope.op('Mul', [first, initializers.scalar(0)])], {
    to: TensorProto_DataType.UINT32,
  });
  const factors = scope.op('Add', [zero, initializers.unsigned([2 ** 16, 1])]);
  const raised = scope.op('Mul', [pairs, factors]);
  const halves = scope.op('Div', [raised, initializers.unsigned([2 ** 16])]);
  const indices = scope.op('Cast', [halves], { to: TensorProto_DataType.INT32 });
  const values = scope.op('Gather', [initializers.floats(`every ${dtype}`, everyValue(dtype)), indices], { axis: 0 });
  return reshape(scope, values, shape);
}

const everyValueOf = new Map<'BF16' | 'F16', Float32Array>();

/** The float32 value of every 16-bit pattern, `[65536]`. */
function everyValue(dtype: 'BF16' | 'F16'): Float32Array {
  let values = everyValueOf.get(dtype);
  if (values === undefined) {
    const decode = dtype === 'BF16' ? bfloat16ToFloat : float16ToFloat;
    values = Float32Array.from({ length: 2 ** 16 }, (_, bits) => decode(bits));
    everyValueOf.set(dtype, values);
  }
  return values;
}
