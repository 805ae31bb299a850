import type { ComparisonRecord } from './comparisonRecord.ts';

/** Frobenius norms of a compared checkpoint's tensors, by name, as far as the record has them. */
export function recordNorms(
  { pairs, tensors, differences }: ComparisonRecord,
  checkpoint: number,
): Map<string, number> {
  const pair = pairs.findIndex((each) => each.reference === checkpoint || each.checkpoint === checkpoint);
  const isReference = pairs[pair]?.reference === checkpoint;
  return new Map(
    (differences[pair] ?? []).map(({ referenceNorm, checkpointNorm }, tensor) => [
      tensors[tensor]!.name,
      isReference ? referenceNorm : checkpointNorm,
    ]),
  );
}
