import { tokenTexts } from '../../calibration/tokenTexts.ts';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { requiredTokenizer } from '../../checkpoint/tokenizer/requiredTokenizer.ts';
import type { Engine } from '../../engine/process/engine.ts';
import { RunError } from '../../errors.ts';
import type { NextTokenDistributions } from '../../protocol/comparison.ts';
import type { SampleMeasures } from '../../protocol/engine.ts';
import { tokenizing } from './sameTokens.ts';

/* Asks the engine for the next-token distributions of several checkpoints at one position of a text. */

/** Of each checkpoint, so many most likely tokens are shown. */
const shownTokens = 24;

/** Where a distribution is asked for. */
export interface TokenPosition {
  readonly sample: number;
  /** Row `t` of the logits, which predicts token `t + 1`. */
  readonly row: number;
  /** `[tokens]` of the sample. */
  readonly ids: ArrayLike<number>;
}

/** The whole next-token distribution at one row: `[V]` ids, most likely first, and their probabilities. */
async function distribution(
  engine: Engine,
  { folder, architecture }: Checkpoint,
  { ids, row }: TokenPosition,
  signal: AbortSignal,
): Promise<SampleMeasures> {
  // A response of one token: the only response row is the one asked for. Keeping as many most likely tokens as there are
  // gives the full softmax.
  const responses = [{ start: row + 1, end: row + 2 }];
  const sample = { index: 0, ids: Uint32Array.from({ length: row + 2 }, (_, i) => ids[i]!), responses };
  let found: SampleMeasures | undefined;
  await engine.measure(
    { checkpoint: folder, samples: [sample], firstSample: 0, topTokens: architecture.vocabSize },
    {
      signal,
      onSample(measures) {
        found = measures;
      },
    },
  );
  if (found === undefined) throw new RunError(`The engine gave no distribution for "${folder}".`);
  return found;
}

/**
 * Next-token distributions of all checkpoints at one row, cut to the tokens most likely under any of them and the gold
 * token. The checkpoints are run one after the other.
 *
 * @throws RunError when the engine fails; Interrupted on abort
 */
export async function nextTokenDistributions(
  engine: Engine,
  checkpoints: readonly Checkpoint[],
  position: TokenPosition,
  signal: AbortSignal,
): Promise<NextTokenDistributions> {
  const { sample, row } = position;
  const gold = position.ids[row + 1]!;
  const vocabulary = Math.max(...checkpoints.map(({ architecture }) => architecture.vocabSize));
  const all: Float32Array[] = [];
  const entropy: number[] = [];
  const shown = new Set([gold]);
  for (const checkpoint of checkpoints) {
    const measures = await distribution(engine, checkpoint, position, signal);
    const probabilities = new Float32Array(vocabulary);
    measures.topIds.forEach((id, rank) => {
      probabilities[id] = measures.topProbabilities[rank]!;
      if (rank < shownTokens) shown.add(id);
    });
    all.push(probabilities);
    entropy.push(measures.entropy[0]!);
  }
  const best = (id: number) => Math.max(...all.map((probabilities) => probabilities[id]!));
  const ids = [...shown].sort((a, b) => best(b) - best(a) || a - b);
  const texts = await tokenTexts(requiredTokenizer(tokenizing(checkpoints)), ids, signal);
  return {
    sample,
    row,
    ids: Int32Array.from(ids),
    texts: ids.map((id) => texts.get(id) ?? ''),
    probabilities: all.map((probabilities) => Float32Array.from(ids, (id) => probabilities[id]!)),
    entropy,
    gold,
  };
}
