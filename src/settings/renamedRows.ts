/**
 * What becomes of rows of embedding and head whose token is another in the SFT's tokenizer than in the base's: they are kept
 * as the SFT's, or fused like any other.
 */
export const renamedRowsChoices = ['keep', 'fuse'] as const;
export type RenamedRows = (typeof renamedRowsChoices)[number];
