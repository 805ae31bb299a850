import type { Architecture } from '../../checkpoint/architecture/architecture.ts';
import type { VocabRange } from '../../graph/headModel.ts';
import { evenRanges, sizesDownFrom } from './cutSizes.ts';
import type { MemoryModel } from './memoryModel.ts';

/* Cuts the output head into blocks of the vocabulary that fit the memory. */

/** Smaller blocks of the head would save nothing worth a session, tokens. */
export const leastHeadBlock = 4096;

export interface HeadCut {
  readonly blocks: readonly VocabRange[];
  /** Rows at a time. */
  readonly rows: number;
  readonly bytes: number;
}

/** Blocks of the head, and rows at a time, for what memory is left. */
export function headCut(
  { vocabSize }: Architecture,
  model: MemoryModel,
  room: number,
  measuredRows: number,
  mostTokens: number,
): HeadCut {
  if (measuredRows === 0) return { blocks: [], rows: 0, bytes: 0 };
  // Fewer rows at a time would leave the product waiting for the weights.
  const leastRows = Math.min(64, measuredRows);
  const fits = (tokens: number) => tokens <= mostTokens && model.head(tokens, leastRows) <= room;
  let parts = 1;
  while (vocabSize / (parts + 1) >= leastHeadBlock && !fits(Math.ceil(vocabSize / parts))) parts++;
  const tokens = Math.ceil(vocabSize / parts);
  const wanted = Math.min(model.costs.mostHeadRows, measuredRows);
  const rows = sizesDownFrom(wanted).find((size) => model.head(tokens, size) <= room) ?? 1;
  return { blocks: evenRanges(vocabSize, parts), rows, bytes: model.head(tokens, rows) };
}
