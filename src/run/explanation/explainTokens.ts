import { type Checkpoint, placeOf } from '../../checkpoint/checkpoint.ts';
import type { Engine } from '../../engine/process/engine.ts';
import { RunError } from '../../errors.ts';
import type { SampleAttribution } from '../../method/attribution.ts';

/* Asks the engine what pushes tokens at one row of a text: the terms of their logits, and every neuron's score. */

/** Why a token has its logit at a row. */
export interface ExplainedToken {
  readonly token: number;
  /** Its true logit. */
  readonly logit: number;
  /** What the logit is the sum of (src/method/contributions.ts), `[terms]`, logits. */
  readonly terms: Float32Array;
  /** What each neuron adds to the logit, `[neurons]`, flat order: the score of eq. 2–3 with the token as target. */
  readonly scores: Float64Array;
}

/**
 * Attributes the logits of any tokens at one row, whether it is a target or not.
 *
 * @param ids the text up to and including the row, `[row + 1]` or more
 * @throws RunError when the engine fails; Interrupted on abort
 */
export async function explainTokens(
  engine: Engine,
  checkpoint: Checkpoint,
  { ids, row }: { readonly ids: ArrayLike<number>; readonly row: number },
  tokens: readonly number[],
  signal?: AbortSignal,
): Promise<ExplainedToken[]> {
  const own = Uint32Array.from({ length: row + 2 }, (_, i) => ids[Math.min(i, ids.length - 1)]!);
  // A sample each: what is summed up over a sample's targets is then the one target's own.
  const samples = tokens.map((gold, index) => ({
    index,
    ids: own,
    responses: [{ start: row + 1, end: row + 2 }],
    targets: [{ row, gold }],
    firstTarget: index,
  }));
  const found: SampleAttribution[] = [];
  await engine.attribute(
    {
      checkpoint: placeOf(checkpoint),
      samples,
      firstSample: 0,
      rankLimit: 1,
    },
    { ...(signal && { signal }), onSample: (sample) => found.push(sample) },
  );
  if (found.length !== tokens.length) throw new RunError(`The engine gave no scores for "${checkpoint.folder}".`);
  return found.map(({ targets, scoreSum }) => {
    const { gold, logit, terms } = targets[0]!;
    return { token: gold, logit, terms, scores: scoreSum };
  });
}
