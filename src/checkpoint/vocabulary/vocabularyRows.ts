import { embeddingName, headBiasName, headName } from '../architecture/tensorNames.ts';
import type { Checkpoint, TensorEntry } from '../checkpoint.ts';
import { type RowRange, sideRows, type VocabularyCompletion } from './completion.ts';

/* Where the rows of embedding and head lie: of a completed base in the files of two checkpoints. */

/** What has a row for every token: its logits come of the head, with the bias where there is one. */
export type VocabularyMatrix = 'embedding' | 'head' | 'headBias';

/** A checkpoint as it is run: a base may be completed with another's rows. */
export interface CompletedCheckpoint extends Checkpoint {
  readonly completion?: VocabularyCompletion & { readonly sft: Checkpoint };
}

/** Rows of one tensor, of as many of the matrix that it is a part of. */
export interface TensorRows extends RowRange {
  readonly checkpoint: Checkpoint;
  readonly entry: TensorEntry;
}

/** The tensor that a matrix is: the head is the embedding where it is tied. */
function vocabularyTensor({ tensors, architecture }: Checkpoint, matrix: VocabularyMatrix): string {
  if (matrix === 'headBias') return headBiasName;
  return matrix === 'head' && tensors.has(headName) && !architecture.tiedEmbeddings ? headName : embeddingName;
}

function entryOf(checkpoint: Checkpoint, matrix: VocabularyMatrix): TensorEntry {
  const name = vocabularyTensor(checkpoint, matrix);
  const entry = checkpoint.tensors.get(name);
  if (entry === undefined) throw new Error(`"${checkpoint.folder}" was opened without the tensor ${name}`);
  return entry;
}

/** Where rows of a matrix lie, in the order of the rows. */
export function vocabularyRows(
  checkpoint: CompletedCheckpoint,
  matrix: VocabularyMatrix,
  range: RowRange,
): TensorRows[] {
  const { completion } = checkpoint;
  if (completion === undefined) return [{ ...range, checkpoint, entry: entryOf(checkpoint, matrix) }];
  return sideRows(completion, range).map(({ side, from, to }) => {
    const source = side === 'base' ? checkpoint : completion.sft;
    return { from, to, checkpoint: source, entry: entryOf(source, matrix) };
  });
}

/**
 * A base completed with the SFT's rows: the SFT's vocabulary, everything else the base's.
 * @param completion undefined: the base is complete
 */
export function completedCheckpoint(
  base: Checkpoint,
  sft: Checkpoint,
  completion: VocabularyCompletion | undefined,
): CompletedCheckpoint {
  if (completion === undefined) return base;
  return {
    ...base,
    architecture: { ...base.architecture, vocabSize: completion.sftRows },
    // What is read of either must stay as it is.
    files: [...base.files, ...sft.files],
    completion: { ...completion, sft },
  };
}
