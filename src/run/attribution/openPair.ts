import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { openCheckpoint } from '../../checkpoint/openCheckpoint.ts';
import { type CheckpointPair, checkPair, keepingRows } from '../../checkpoint/pair.ts';
import {
  compareTokenizers,
  otherTokenNotes,
  type TokenizerComparison,
} from '../../checkpoint/tokenizer/otherTokens.ts';
import { requiredTokenizer } from '../../checkpoint/tokenizer/requiredTokenizer.ts';
import type { RenamedRows } from '../../settings/renamedRows.ts';
import type { RunInputs } from '../files/runOutputs.ts';

/* Opens the pair that a run is about, with the tokenizers that decide which rows of the base are completed. */

/** A pair as it is measured and fused. */
export interface OpenPair {
  readonly pair: CheckpointPair;
  /** The `tokenizer.json` by which the calibration is tokenised: the SFT's, or the one named instead. */
  readonly tokenizerPath: string;
  readonly tokens: TokenizerComparison;
  /** Sentences on what differs and does not keep them from being fused. */
  readonly notes: readonly string[];
}

/**
 * Opens base and SFT and checks that they belong together.
 *
 * @param openSft opens the SFT checkpoint where it is an adapter, which is merged into the base
 * @throws InputError naming what is missing, damaged or another model's
 */
export async function openPair(
  inputs: Pick<RunInputs, 'base' | 'sft' | 'tokenizer'>,
  renamedRows: RenamedRows,
  openSft: (base: Checkpoint) => Promise<Checkpoint> = () => openCheckpoint(inputs.sft),
): Promise<OpenPair> {
  const base = await openCheckpoint(inputs.base);
  const sft = await openSft(base);
  const tokenizerPath = inputs.tokenizer ?? requiredTokenizer(sft, ', or name another with --tokenizer FILE');
  const checked = await checkPair(base, sft);
  const tokens = await compareTokenizers(base.tokenizerPath, tokenizerPath);
  const kept = renamedRows === 'keep' ? tokens.others.map(({ id }) => id) : [];
  const pair = keepingRows(checked, kept);
  const { vocabSize } = base.architecture;
  return {
    pair,
    tokenizerPath,
    tokens,
    notes: [
      ...(inputs.tokenizer === undefined
        ? []
        : [
            `The calibration is tokenised with "${inputs.tokenizer}"; a committed checkpoint keeps the tokenizer files of the SFT checkpoint.`,
          ]),
      ...pair.notes,
      ...otherTokenNotes(tokens, renamedRows === 'fuse', vocabSize),
      ...tokens.notes,
    ],
  };
}
