/* What attribution is about and what it gives: target tokens, and for each the neurons ranked by score. */

/** A target token: logits row `t` and the gold token it should predict. */
export interface Target {
  readonly row: number;
  readonly gold: number;
}

/** What attribution found at one target. */
export interface TargetAttribution {
  readonly row: number;
  readonly gold: number;
  /** The gold token's true logit. */
  readonly logit: number;
  /** The same logit rebuilt from embedding and block writes along the frozen final norm (eq. 2–3). */
  readonly reconstructedLogit: number;
  /** What the rebuilt logit is the sum of: embedding, two writes a layer, head bias (contributions.ts). */
  readonly terms: Float32Array;
  /** Flat indices of neurons with strictly positive score, best first, at most `rankLimit`. */
  readonly ranked: Uint32Array;
  /** Scores of the first of them, as many as are kept. */
  readonly topScores: Float32Array;
}

/** What attribution found in one sample. Arrays `[neurons]` in the flat order. */
export interface SampleAttribution {
  readonly index: number;
  readonly targets: readonly TargetAttribution[];
  /** Sum of the scores over the sample's targets. */
  readonly scoreSum: Float64Array;
  /** Largest score over the sample's targets. */
  readonly scoreMax: Float32Array;
}
