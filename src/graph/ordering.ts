import type { GraphScope, Value } from './graphScope.ts';

/*
 * The runtime orders nodes by what they read alone. Work of a layer's backward that reads only its forward would be done
 * right after that, for all layers, and its results kept until the gradient comes down: at eight targets that was
 * 80 of 102 MB a layer (512 rows, 512 wide). Adding a zero taken from the gradient holds it back.
 */

/** A zero, `[1, 1]`, that is known only once `gradient`, of two axes, is. */
export function zeroOf(scope: GraphScope, gradient: Value): Value {
  const { initializers } = scope;
  const [start, end, axes] = [initializers.ints([0, 0]), initializers.ints([1, 1]), initializers.ints([0, 1])];
  return scope.op('Mul', [scope.op('Slice', [gradient, start, end, axes]), initializers.scalar(0)]);
}

/** `x` itself, no sooner than `zero` is known. It also keeps the runtime from merging what follows with the forward. */
export function heldBack(scope: GraphScope, x: Value, zero: Value): Value {
  return scope.op('Add', [x, zero]);
}
