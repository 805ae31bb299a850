/* What the inputs and outputs of a segment's session are called, and what each holds. */

/** Inputs of a segment's session. Those of the purpose that a run does not have are dummies of the right rank. */
export const segmentInputs = {
  /** Residual stream entering the segment, `[R, D]`: rows of one sample (attribution), or of several end to end (forward). */
  stream: 'stream',
  /** `0..T-1`, T the rows of the longest sample. */
  positions: 'positions',
  /** Scalar: whether to attribute instead of passing the stream on. */
  attribute: 'attribute',
  /** Forward: positions of a sample's queries, `[G·T]`, and indices of `SamplesContext`. */
  queryPositions: 'query_positions',
  queries: 'query_rows',
  keys: 'key_rows',
  mixed: 'mixed_rows',
  rows: 'target_rows',
  packedRows: 'packed_rows',
  packedPlaces: 'packed_places',
  queryPlaces: 'query_places',
  keyPlaces: 'key_places',
  ownRows: 'own_rows',
  ownTargets: 'own_targets',
  /** Last segment: `gamma ⊙ W_U[y*]`, over the logits' divisor where there is one, `[N, D]`. Others: `d`, `[N, D]`. */
  direction: 'direction',
  /** Gradient at the segment's output, packed `[M, D]`; the last segment has none. */
  gradient: 'gradient',
} as const;

/** Inputs of a chunk of attention's backward, of `AttentionChunk`. */
export function chunkInputs(chunk: number) {
  const name = (of: string) => `chunk${chunk}_${of}`;
  return { used: name('used'), rows: name('rows'), keys: name('keys'), unpack: name('unpack') };
}

export type ChunkInput = keyof ReturnType<typeof chunkInputs>;

/** Outputs of a segment's session; empty where a run, or the segment's place, does not give them. */
export const segmentOutputs = {
  /** Residual stream leaving the segment, `[R, D]` (forward). */
  stream: 'stream_out',
  /** `[N, neurons of the segment]`, flat order (attribution). */
  scores: 'scores',
  /** `⟨write(t), d⟩` of each layer's attention and feed-forward block, `[N, 2 · layers]` (attribution). */
  writes: 'writes',
  /** Gradient at the segment's input, packed `[M, D]` (attribution, but not in the first segment). */
  gradient: 'gradient_out',
  /** `d` and the gold logit without bias, `[N, D]` and `[N]` (attribution, last segment). */
  direction: 'direction_out',
  logit: 'logit',
} as const;
