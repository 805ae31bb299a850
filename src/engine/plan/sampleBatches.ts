import type { SampleBatch } from '../../protocol/engine.ts';

/* Cuts a request's samples into batches of neighbours that share forward runs. */

/** What forward runs cost, in rows of one. */
export interface RunCosts {
  /** Most rows that samples of a run may have, each counted as long as the longest; a single sample may have more. */
  readonly maxRows: number;
  /** Fixed cost of a run. */
  readonly overheadRows: number;
  /** Cost of a pair of positions in attention, which is padded to the longest sample. */
  readonly pairRows: number;
}

/**
 * Cuts a request's samples into batches of neighbours that share their forward runs. Products cost the samples' own rows
 * however they are cut; a batch of S samples, T rows the longest, costs `overheadRows + pairRows · S T²` beside. Minimises
 * the sum exactly, by dynamic programming in the order of the file. All samples are cut, whichever are finished and
 * whoever works on them: the rows of a run decide its last bits.
 * @param rows of each sample; one of none is in no run, and lies in some batch
 */
export function sampleBatches(
  rows: readonly number[],
  { maxRows, overheadRows, pairRows }: RunCosts,
): readonly SampleBatch[] {
  const best = [0];
  const start = [0];
  for (let end = 1; end <= rows.length; end++) {
    let cost = Number.POSITIVE_INFINITY;
    let samples = 0;
    let longest = 0;
    for (let from = end - 1; from >= 0; from--) {
      if (rows[from]! > 0) samples++;
      longest = Math.max(longest, rows[from]!);
      if (samples > 1 && samples * longest > maxRows) break;
      const run = samples === 0 ? 0 : overheadRows + pairRows * samples * longest ** 2;
      if (best[from]! + run < cost) {
        cost = best[from]! + run;
        start[end] = from;
      }
    }
    best[end] = cost;
  }
  const batches: SampleBatch[] = [];
  for (let end = rows.length; end > 0; end = start[end]!) batches.unshift({ from: start[end]!, to: end });
  return batches;
}

/** The batch that a sample is in: of its own where none is named. @param batches ascending */
export function batchOf(batches: readonly SampleBatch[], position: number): SampleBatch {
  let [low, high] = [0, batches.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (batches[middle]!.to <= position) low = middle + 1;
    else high = middle;
  }
  const found = batches[low];
  return found !== undefined && found.from <= position ? found : { from: position, to: position + 1 };
}

/** The batches that samples are in, each once. @param positions ascending */
export function batchesOf(batches: readonly SampleBatch[], positions: readonly number[]): readonly SampleBatch[] {
  const found: SampleBatch[] = [];
  for (const position of positions) {
    if (position >= (found.at(-1)?.to ?? 0)) found.push(batchOf(batches, position));
  }
  return found;
}

/**
 * How many of these samples to take so that no batch is cut in two and their batches have at most `atMost` samples, but one
 * batch at least. A batch counts in full even where some of its samples are not among them: it is computed in full.
 * @param positions ascending
 */
export function wholeBatches(batches: readonly SampleBatch[], positions: readonly number[], atMost: number): number {
  let taken = 0;
  let samples = 0;
  while (taken < positions.length) {
    const { from, to } = batchOf(batches, positions[taken]!);
    samples += to - from;
    if (taken > 0 && samples > atMost) break;
    while (taken < positions.length && positions[taken]! < to) taken++;
  }
  return taken;
}

/** How many groups {@link wholeBatches} makes of all samples. */
export function groupCount(batches: readonly SampleBatch[], atMost: number): number {
  let groups = 0;
  let left = 0;
  for (const { from, to } of batches) {
    if (to - from > left) {
      groups++;
      left = atMost;
    }
    left -= to - from;
  }
  return groups;
}
