import type { Projection } from '../checkpoint/architecture/architecture.ts';

/*
 * What the inspector's page is told of single neurons and of single tokens: from the record, from the checkpoints' files,
 * or by the engine.
 */

/** A target with the text around it, as token ids of the record. */
export interface TargetContext {
  /** Its position among all targets. */
  readonly target: number;
  readonly sample: number;
  /** Row `t` of the logits, which predicts token `t + 1`. */
  readonly row: number;
  readonly gold: number;
  /** The neuron's rank there, 0 best; -1 where it is not among those kept, or its score is not above 0. */
  readonly rank: number;
  readonly score: number;
  readonly before: Int32Array;
  readonly after: Int32Array;
}

/** What a record (with its score file) says of one neuron. */
export interface NeuronDetail {
  /** Flat index. */
  readonly neuron: number;
  /** Whether scores are known at all targets, at those that keep the neuron among their best, or nowhere. */
  readonly known: 'all' | 'kept' | 'nothing';
  /** Why not all are known, in a sentence; empty when they are. */
  readonly note: string;
  /** Positions of the targets at which a score is known, ascending, and the scores there, logits. */
  readonly targets: Int32Array;
  readonly scores: Float32Array;
  /** Those it pushes most, the most first. */
  readonly best: readonly TargetContext[];
}

/** What a record keeps of one target. */
export interface TargetDetail {
  readonly target: number;
  readonly token: number;
  readonly logit: number;
  /** `[2 L + 2]`: embedding, attention's and the feed-forward block's write of each layer, head bias. */
  readonly terms: Float32Array;
  /** Flat indices of the neurons that push it most, best first, and their scores. */
  readonly neurons: Int32Array;
  readonly scores: Float32Array;
}

/** How far a neuron's weights moved from the base to the SFT checkpoint; norms are Euclidean. */
export interface NeuronDrift {
  readonly base: number;
  readonly sft: number;
  readonly change: number;
  /** NaN where one of them is zero. */
  readonly cosine: number;
  readonly elements: number;
  readonly changed: number;
}

/** A token and what one unit of a neuron's activation adds to its logit, before the final norm's scale. */
export interface WrittenToken {
  readonly id: number;
  /** Untrusted. */
  readonly text: string;
  readonly value: number;
}

/** The tokens that a neuron writes towards and away from, through a column of `o_proj` or `down_proj` of the SFT. */
export interface WrittenTokens {
  readonly column: { readonly projection: Projection; readonly neuron: number };
  readonly towards: readonly WrittenToken[];
  readonly away: readonly WrittenToken[];
  /** Gold tokens of the targets, those written towards most first; as many as the others. */
  readonly gold: readonly WrittenToken[];
}

/** Why a token has its logit at some row. */
export interface ExplainedSide {
  readonly token: number;
  /** Untrusted. */
  readonly text: string;
  readonly logit: number;
  readonly terms: Float32Array;
}

/** The gold token and the most likely other one at one row, by the SFT checkpoint. */
export interface Explanation {
  readonly sample: number;
  readonly row: number;
  readonly gold: ExplainedSide;
  readonly runner: ExplainedSide;
  /** Flat indices of the neurons that add most to, or take most from, either logit or their difference; ascending. */
  readonly neurons: Int32Array;
  /** What each of them adds to the two logits. */
  readonly goldScores: Float32Array;
  readonly runnerScores: Float32Array;
}
