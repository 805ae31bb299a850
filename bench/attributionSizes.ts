import { packTargets } from '../src/engine/sessions/packing.ts';

/**
 * Sizes of the symbols that a segment's inputs are declared with, of an attribution run of targets at these rows; a forward
 * run gives R, T, S and GT its own.
 * @param chunkRows of a chunk of attention's backward at least; the engine's own unless said
 */
export function attributionSizes(
  targets: readonly number[],
  groupSize: number,
  chunkRows?: number,
): Record<string, number> {
  const { rows, packedRows, attention } = packTargets(
    targets.map((row) => ({ row, gold: 0 })),
    chunkRows,
  );
  const N = targets.length;
  const sizes: Record<string, number> = { R: rows, T: rows, S: 1, GT: groupSize, N, M: packedRows.length };
  for (const [i, { rows, keys, unpack }] of attention.chunks.entries()) {
    sizes[`B${i}`] = rows.length;
    sizes[`K${i}`] = keys.length;
    sizes[`N${i}`] = unpack.length / rows.length;
  }
  return { ...sizes, T_targets: rows, C: attention.keyPlaces.length / (N * rows) };
}
