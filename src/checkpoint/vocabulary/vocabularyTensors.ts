import { embeddingName, headBiasName, headName } from '../architecture/tensorNames.ts';
import type { Checkpoint, TensorEntry } from '../checkpoint.ts';

/* Embedding and head of a checkpoint: which tensors they are, and what is one of them in another's place. */

/** Tensors with a row, or an element, for every token of the vocabulary: one that grew has more of them, at the end. */
const vocabularyTensors: ReadonlySet<string> = new Set([embeddingName, headName, headBiasName]);

/** Whether a tensor has a row for every token of the vocabulary. */
export function hasVocabularyRows(name: string): boolean {
  return vocabularyTensors.has(name);
}

/** A checkpoint's tensor of a name; for a head that it ties to the embeddings and does not store, the embeddings. */
export function effectiveTensor({ tensors, architecture }: Checkpoint, name: string): TensorEntry | undefined {
  const entry = tensors.get(name);
  if (entry !== undefined || name !== headName || !architecture.tiedEmbeddings) return entry;
  return tensors.get(embeddingName);
}
