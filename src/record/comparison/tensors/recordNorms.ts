import type { ComparisonRecord } from '../comparisonRecord.ts';

/** Frobenius norms of a compared checkpoint's tensors, by name, as far as the record has them. */
export function recordNorms(
  { pairs, tensors, unshared = [], differences }: ComparisonRecord,
  checkpoint: number,
): Map<string, number> {
  const pair = pairs.findIndex((each) => each.reference === checkpoint || each.checkpoint === checkpoint);
  const isReference = pairs[pair]?.reference === checkpoint;
  const norms = new Map(
    (differences[pair] ?? []).map(({ referenceNorm, checkpointNorm }, tensor) => [
      tensors[tensor]!.name,
      isReference ? referenceNorm : checkpointNorm,
    ]),
  );
  // Of these the record knows some rows only.
  for (const { name } of unshared) norms.delete(name);
  return norms;
}
