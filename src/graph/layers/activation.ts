import type { LayerForm } from '../../checkpoint/architecture/layerForm.ts';
import type { GraphScope } from '../onnx/graphScope.ts';
import type { Value } from '../onnx/value.ts';

/* The activation of a feed-forward block's gate in ONNX nodes, and its slope. */

/** A function of the gate `z`, of which a part is kept for the slope. */
export interface Activation {
  /** What is costly in it. */
  inner(scope: GraphScope, z: Value): Value;
  value(scope: GraphScope, z: Value, inner: Value): Value;
  /** Its derivative at `z`. */
  slope(scope: GraphScope, z: Value, inner: Value): Value;
}

/** `z s` with `s = sigmoid(z)`; slope `s (1 + z (1 − s))`. */
const silu: Activation = {
  inner: (scope, z) => scope.op('Sigmoid', [z]),
  value: (scope, z, sigmoid) => scope.op('Mul', [z, sigmoid]),
  slope(scope, z, sigmoid) {
    const one = scope.initializers.scalar(1);
    const complement = scope.op('Sub', [one, sigmoid]);
    return scope.op('Mul', [sigmoid, scope.op('Add', [one, scope.op('Mul', [z, complement])])]);
  },
};

const cubic = 0.044715;
const root = Math.sqrt(2 / Math.PI);

/**
 * `z/2 (1 + t)` with `t = tanh(√(2/π) (z + 0.044715 z³))` (arXiv 1606.08415); slope
 * `(1 + t)/2 + z/2 (1 − t²) √(2/π) (1 + 3 · 0.044715 z²)`.
 */
const geluTanh: Activation = {
  inner(scope, z) {
    const { scalar } = constants(scope);
    const stretched = scope.op('Add', [scope.op('Mul', [scope.op('Mul', [z, z]), scalar(cubic)]), scalar(1)]);
    return scope.op('Tanh', [scope.op('Mul', [scope.op('Mul', [z, stretched]), scalar(root)])]);
  },
  value(scope, z, tanh) {
    const { scalar } = constants(scope);
    return scope.op('Mul', [scope.op('Mul', [z, scalar(0.5)]), scope.op('Add', [tanh, scalar(1)])]);
  },
  slope(scope, z, tanh) {
    const { scalar } = constants(scope);
    const gate = scope.op('Mul', [scope.op('Add', [tanh, scalar(1)]), scalar(0.5)]);
    const tanhSlope = scope.op('Sub', [scalar(1), scope.op('Mul', [tanh, tanh])]);
    const inside = scope.op('Add', [scope.op('Mul', [scope.op('Mul', [z, z]), scalar(3 * cubic)]), scalar(1)]);
    const along = scope.op('Mul', [scope.op('Mul', [z, scalar(0.5 * root)]), inside]);
    return scope.op('Add', [gate, scope.op('Mul', [along, tanhSlope])]);
  },
};

function constants({ initializers }: GraphScope) {
  return { scalar: (value: number) => initializers.scalar(value) };
}

export const activations: Readonly<Record<LayerForm['activation'], Activation>> = { silu, geluTanh };
