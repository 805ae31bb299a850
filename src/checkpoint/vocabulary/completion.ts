/*
 * Which rows of embedding and head a base has of its own, and which it is given by the SFT checkpoint: its vocabulary is
 * completed before it is measured and fused (docs/pairs.md).
 */

/** Rows `from` up to, not including, `to` of embedding, head and head bias: a row a token id. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** How a base's vocabulary is completed. Row i of the completed base is row i of the base or of the SFT checkpoint. */
export interface VocabularyCompletion {
  /** Rows that the base has. */
  readonly baseRows: number;
  /** Rows that the SFT checkpoint has, and the completed base. */
  readonly sftRows: number;
  /** Rows that both have and that are the SFT's all the same: their tokens mean something else there. Ascending. */
  readonly kept: readonly number[];
}

/** Rows of the completed base that come from one side. */
export interface SideRows extends RowRange {
  readonly side: 'base' | 'sft';
}

/**
 * @param kept ids whose rows are to be the SFT's, ascending; those that only one side has rows for play no part
 * @returns undefined where every row of the completed base is the base's, and none of the base's is left out
 */
export function vocabularyCompletion(
  baseRows: number,
  sftRows: number,
  kept: readonly number[],
): VocabularyCompletion | undefined {
  const shared = kept.filter((id) => id < Math.min(baseRows, sftRows));
  return baseRows === sftRows && shared.length === 0 ? undefined : { baseRows, sftRows, kept: shared };
}

/** Which side the rows of a range come from, in runs as long as they can be. */
export function sideRows({ baseRows, sftRows, kept }: VocabularyCompletion, { from, to }: RowRange): SideRows[] {
  const runs: SideRows[] = [];
  const add = (side: SideRows['side'], first: number, end: number) => {
    const begin = Math.max(first, from);
    const last = Math.min(end, to);
    if (begin >= last) return;
    const before = runs.at(-1);
    if (before?.side === side) runs[runs.length - 1] = { ...before, to: last };
    else runs.push({ side, from: begin, to: last });
  };
  let at = 0;
  for (const row of kept) {
    add('base', at, row);
    add('sft', row, row + 1);
    at = row + 1;
  }
  add('base', at, Math.min(baseRows, sftRows));
  add('sft', Math.min(baseRows, sftRows), sftRows);
  return runs;
}
