import { Interrupted } from '../../errors.ts';
import { termCount } from '../../method/contributions.ts';
import { AttributionSums, attributed, type SummedRun } from '../attribution/attributionSums.ts';
import type { Attributed } from '../attribution/runAttribution.ts';
import { decodeAttribution } from './file/attributionPayload.ts';
import type { ShardHeader } from './file/shardContent.ts';
import { damaged } from './file/shardFile.ts';
import { type ReadPhase, readPhase } from './shardMeasures.ts';
import { targetsHash } from './shardPins.ts';
import type { ShardRange } from './shardPlace.ts';

/* Adds up what all shards found in attribution, sample by sample in the order of the file, as one process does. */

/**
 * Reads the partials of attribution, one sample in memory at a time.
 *
 * @param own header of the run, without targets
 * @throws InputError as {@link readPhase}, and where a partial lacks a sample; Interrupted on abort
 */
export async function readAttribution(
  paths: readonly string[],
  ranges: readonly ShardRange[],
  own: ShardHeader,
  run: SummedRun,
  signal: AbortSignal,
): Promise<ReadPhase & Attributed> {
  const sums = new AttributionSums(run);
  const expected = attributed(run.targets);
  const sizes = { neurons: run.neurons, terms: termCount(run.layers), rankLimit: run.rankLimit };
  const header = { ...own, targets: targetsHash(run.targets) };
  const due = ({ from, to }: ShardRange) =>
    expected.filter(({ sample }) => sample.index >= from && sample.index < to).length;
  const phase = await readPhase(paths, ranges, header, due, (payload, from, path) => {
    if (signal.aborted) throw new Interrupted('Stopped.');
    const found = decodeAttribution(payload, sizes);
    const next = expected[sums.samples];
    const right =
      found !== undefined &&
      next !== undefined &&
      found.index === next.sample.index &&
      found.index >= from.from &&
      found.index < from.to &&
      found.targets.length === next.targets.length &&
      found.targets.every(({ row, gold }, i) => row === next.targets[i]!.row && gold === next.targets[i]!.gold);
    if (!right) throw damaged(path, from);
    sums.add(found);
  });
  return { ...phase, state: sums.state(), plan: phase.outcome };
}
