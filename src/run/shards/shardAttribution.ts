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

/** Takes a target's scores, F32 `[neurons]`, where they are kept. */
export interface ScoreSink {
  write(target: number, scores: Float32Array): void;
}

/**
 * Reads the partials of attribution, one sample in memory at a time.
 *
 * @param own header of the run, without targets
 * @param scores takes every target's scores; left out: the partials must hold none
 * @throws InputError as {@link readPhase}, and where a partial lacks a sample; Interrupted on abort
 */
export async function readAttribution(
  paths: readonly string[],
  ranges: readonly ShardRange[],
  own: ShardHeader,
  run: SummedRun,
  signal: AbortSignal,
  scores?: ScoreSink,
): Promise<ReadPhase & Attributed> {
  const sums = new AttributionSums(run);
  const expected = attributed(run.targets);
  const sizes = { neurons: run.neurons, terms: termCount(run.layers), rankLimit: run.rankLimit };
  const header: ShardHeader = { ...own, targets: targetsHash(run.targets), scores: scores && true };
  // Of the next sample.
  let rows = 0;
  const due = ({ from, to }: ShardRange) =>
    expected.filter(({ sample }) => sample.index >= from && sample.index < to).length;
  const onScores = (payload: Uint8Array, from: ShardHeader, path: string) => {
    if (signal.aborted) throw new Interrupted('Stopped.');
    const next = expected[sums.samples];
    if (next === undefined || rows >= next.targets.length || payload.length !== 4 * run.neurons)
      throw damaged(path, from);
    scores?.write(next.firstTarget + rows++, new Float32Array(payload.slice().buffer));
  };
  const onSample = (payload: Uint8Array, from: ShardHeader, path: string) => {
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
    if (!right || (scores !== undefined && rows !== next.targets.length)) throw damaged(path, from);
    rows = 0;
    sums.add(found);
  };
  const phase = await readPhase(paths, ranges, header, due, onSample, onScores);
  return { ...phase, state: sums.state(), plan: phase.outcome };
}
