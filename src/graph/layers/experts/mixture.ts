import type { GraphScope } from '../../onnx/graphScope.ts';
import type { Value } from '../../onnx/value.ts';
import { activations } from '../activation.ts';
import type { Dimensions } from '../dimensions.ts';
import type { ExpertWeights } from '../products/weights.ts';
import { flattenRows, gatherRows, gatherRowsOrZero, reshape, sumLast } from '../shapes.ts';
import { byRow, type Dispatch, dispatch, expertsBackward, expertsLinear, sumsByRow, toExperts } from './dispatch.ts';
import { asIndices, type Routing, routing, routingAt, routingBackward } from './routing.ts';

/*
 * A feed-forward block of experts in ONNX nodes, forward and backward, with the scores of their neurons. Shapes: `R` rows,
 * `E` experts, `k` of them a row, `A = R k` assignments laid out by expert, `I` rows of an expert's gate and up.
 */

type Form = Pick<Dimensions, 'activation'>;

/** What the backward needs of the forward. */
export interface Mixture {
  readonly routing: Routing;
  /** Where each row's assignments lie, `[R, k]`. */
  readonly places: Value;
  /** Of every assignment, `[A, I]`; `hidden` is the input of `down_proj` but for the routing weight. */
  readonly gate: Value;
  readonly up: Value;
  readonly inner: Value;
  readonly hidden: Value;
  /** The weighed sum of each row's experts, `[R, D]`. */
  readonly output: Value;
}

/** A column of each assignment, `[A, 1]`, from values of each row's experts, `[R, k]`. */
function ofAssignments(scope: GraphScope, values: Value, { order }: Dispatch): Value {
  return gatherRows(scope, flattenRows(scope, values, 1), order);
}

function dispatched(scope: GraphScope, { chosen }: Routing, { form }: ExpertWeights): Dispatch {
  return dispatch(scope, chosen, form.count, form.perToken);
}

export function mixture(scope: GraphScope, weights: ExpertWeights, x: Value, { activation: name }: Form): Mixture {
  const activation = activations[name];
  const routed = routing(scope, weights.router, x, weights.form);
  const layout = dispatched(scope, routed, weights);
  const maps = [weights.gate_proj, weights.up_proj];
  const [gate, up] = expertsLinear(scope, toExperts(scope, x, layout), layout, maps) as [Value, Value];
  const inner = activation.inner(scope, gate);
  const hidden = scope.op('Mul', [activation.value(scope, gate, inner), up]);
  // The weight before the product: an expert is narrower than the stream.
  const weighed = scope.op('Mul', [hidden, ofAssignments(scope, routed.weights, layout)]);
  const [written] = expertsLinear(scope, weighed, layout, [weights.down_proj]);
  const output = sumsByRow(scope, written!, layout.places);
  return { routing: routed, places: layout.places, gate, up, inner, hidden, output };
}

/** Which rows of a block a backward is of: packed rows `0..t` of all targets, and the targets' own. */
export interface BlockRows {
  readonly packedRows: Value;
  /** Of each target its row, `[N]`, and that row's place among the packed ones. */
  readonly rows: Value;
  readonly ownRows: Value;
}

export interface BlockBackward {
  /** Gradient at the block's input, `[M, D]`. */
  readonly x: Value;
  /** Scores of `gate_proj` and of `up_proj`, `[N, neurons]` each. */
  readonly scores: readonly [gate: Value, up: Value];
}

/**
 * @param gradient at the block's output, `[M, D]`
 * @param at the rows of it; left out where the block is of the targets' rows alone
 */
export function mixtureBackward(
  scope: GraphScope,
  weights: ExpertWeights,
  block: Mixture,
  gradient: Value,
  at: BlockRows | undefined,
  { activation: name }: Form,
): BlockBackward {
  const activation = activations[name];
  const { gate, up, inner, hidden } = block;
  const atPacked = (x: Value) => (at === undefined ? x : gatherRows(scope, x, at.packedRows));
  const routed = at === undefined ? block.routing : routingAt(scope, block.routing, at.packedRows);
  const layout = dispatched(scope, routed, weights);
  // Where the forward has an assignment.
  const there = asIndices(scope, ofAssignments(scope, atPacked(block.places), layout));
  const kept = (x: Value) => gatherRows(scope, x, reshape(scope, there, [-1]));

  const atHidden = expertsBackward(scope, [[toExperts(scope, gradient, layout), weights.down_proj]], layout);
  const atWeights = sumLast(scope, scope.op('Mul', [atHidden, kept(hidden)]));
  const weighed = scope.op('Mul', [atHidden, ofAssignments(scope, routed.weights, layout)]);
  const slope = scope.op('Mul', [up, activation.slope(scope, gate, inner)]);
  const gateGradient = scope.op('Mul', [weighed, kept(slope)]);
  const upGradient = scope.op('Mul', [weighed, kept(activation.value(scope, gate, inner))]);

  const atTarget = (x: Value) => (at === undefined ? x : gatherRows(scope, x, at.rows));
  const atOwn = (x: Value) => (at === undefined ? x : gatherRows(scope, x, at.ownRows));
  const chosen = atTarget(block.routing.chosen);
  const score = (own: Value, activations: Value) => {
    const gradients = byRow(scope, own, atOwn(layout.places));
    const values = byRow(scope, activations, atTarget(block.places));
    return atNeurons(scope, scope.op('Mul', [gradients, values]), chosen, weights);
  };
  const scores = [score(gateGradient, gate), score(upGradient, up)] as const;

  const byExperts = expertsBackward(
    scope,
    [
      [gateGradient, weights.gate_proj],
      [upGradient, weights.up_proj],
    ],
    layout,
  );
  const { perToken } = weights.form;
  const weightGradient = reshape(scope, byRow(scope, atWeights, layout.places), [-1, perToken]);
  const byRouter = routingBackward(scope, weights.router, routed, weightGradient, weights.form);
  return { x: scope.op('Add', [sumsByRow(scope, byExperts, layout.places), byRouter]), scores };
}

/**
 * Exact scores of the columns of `down_proj`: the input with its routing weight times `⟨W[:, i], d⟩`.
 * @param direction `d` at the block's output, `[N, D]`
 * @param rows of the targets, `[N]`; left out where the block is of these rows alone
 * @param after what is known only when the layer's backward is done: `down_proj` is widened no sooner
 */
export function mixtureWriteScores(
  scope: GraphScope,
  weights: ExpertWeights,
  block: Mixture,
  direction: Value,
  rows: Value | undefined,
  after: Value,
): Value {
  const atTarget = (x: Value) => (rows === undefined ? x : gatherRows(scope, x, rows));
  const routed = rows === undefined ? block.routing : routingAt(scope, block.routing, rows);
  const layout = dispatched(scope, routed, weights);
  const along = expertsBackward(scope, [[toExperts(scope, direction, layout), weights.down_proj]], layout, after);
  const hidden = byRow(scope, block.hidden, atTarget(block.places));
  const weighed = scope.op('Mul', [hidden, reshape(scope, routed.weights, [-1, weights.form.perToken, 1])]);
  const scores = scope.op('Mul', [weighed, byRow(scope, along, layout.places)]);
  return atNeurons(scope, scores, routed.chosen, weights);
}

/** Scores of each target's experts, `[N, k, I]`, in the places of all experts' neurons, `[N, E I]`; zero elsewhere. */
function atNeurons(
  scope: GraphScope,
  scores: Value,
  chosen: Value,
  { form: { count, perToken, intermediateSize } }: ExpertWeights,
): Value {
  const { initializers } = scope;
  const flat = flattenRows(scope, scores, intermediateSize);
  const rows = scope.op('Shape', [flat], { start: 0, end: 1 });
  const targets = scope.op('Shape', [chosen], { start: 0, end: 1 });
  const wide = scope.op('Concat', [targets, initializers.ints([count])], { axis: 0 });
  // Everywhere the row of zeros, but where a target's expert has its own.
  const nowhere = scope.op('Expand', [rows, wide]);
  const first = scope.op('Squeeze', [rows, initializers.ints([0])]);
  const numbers = scope.op('Range', [initializers.long(0), first, initializers.long(1)]);
  const own = reshape(scope, numbers, [-1, perToken]);
  const places = scope.op('ScatterElements', [nowhere, asIndices(scope, chosen), own], { axis: 1 });
  return reshape(scope, gatherRowsOrZero(scope, flat, places, intermediateSize), [-1, count * intermediateSize]);
}
