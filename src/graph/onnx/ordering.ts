import type { GraphScope } from './graphScope.ts';
import type { Value } from './value.ts';

/*
 * Makes the runtime compute a value no sooner than another, which saves memory.
 *
 * The runtime orders nodes by what they read alone. In a layer's backward what reads only its forward would be done first,
 * and its results kept while the rest is computed: 12-15 % of an attribution run's memory (eight targets, 256 rows, 512 and
 * 1024 wide). Adding a zero taken from a gradient holds it back.
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
