/**
 * Target tokens of one sample: the `topN` response rows with the largest entropy gap `|H_sft(t) − H_base(t)|`, ties to
 * the earlier row. The gap is rounded to float32, as the difference of two float32 tensors is.
 * @param entropyBase nats, one entry a response row; @param entropySft likewise
 * @returns positions among the response rows, ascending
 */
export function selectTargets(entropyBase: Float32Array, entropySft: Float32Array, topN: number): Uint32Array {
  const gaps = entropyBase.map((base, i) => Math.abs(entropySft[i]! - base));
  const order = Uint32Array.from(gaps, (_, i) => i).sort((a, b) => gaps[b]! - gaps[a]! || a - b);
  return order.slice(0, topN).sort();
}
