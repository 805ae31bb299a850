/* Joins and cuts arrays of floats. */

/** One after the other; of one part itself, not a copy. */
export function concatenated(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Parts of these lengths, each with memory of its own, so that each can be let go; of one the whole itself. */
export function cutInto(all: Float32Array, lengths: readonly number[]): Float32Array[] {
  if (lengths.length === 1) return [all];
  let at = 0;
  return lengths.map((length) => {
    at += length;
    return all.slice(at - length, at);
  });
}
