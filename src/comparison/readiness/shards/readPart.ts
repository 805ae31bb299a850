import { Interrupted } from '../../../errors.ts';
import { quotedPath } from '../../../files/reading/shown.ts';
import type { PromptRollouts } from '../../../readiness/rollout.ts';
import { decodeRollouts } from '../../../run/readiness/rolloutPayload.ts';
import type { ShardHeader } from '../../../run/shards/file/shardContent.ts';
import { damaged } from '../../../run/shards/file/shardFile.ts';
import { findPhase, type ReadMeasures, readMeasures, readPhase } from '../../../run/shards/shardMeasures.ts';
import type { ShardRange } from '../../../run/shards/shardPlace.ts';
import type { WeightStorage } from '../../../settings/weightStorage.ts';
import {
  type AnswersWork,
  type LinesWork,
  partFolder,
  partHeader,
  partRanges,
  type ReadinessPart,
} from './readinessPart.ts';

/* Reads what all shards found of a part of readiness, in the order of one process. */

/** All partials of a part. */
export interface FoundPart {
  readonly paths: readonly string[];
  readonly ranges: readonly ShardRange[];
  /** That each must have, but for its place. */
  readonly header: ShardHeader;
  /** What they were computed on. */
  readonly hardware: readonly string[];
}

/**
 * Finds the partials of a part: each shard once, all of them.
 *
 * @throws InputError naming what is missing, or of other numbers of shards
 */
export async function findPart(part: ReadinessPart, partials: string, weights: WeightStorage): Promise<FoundPart> {
  const folder = partFolder(partials, part.position);
  const { kind } = part.work;
  const what = quotedPath(part.checkpoint.folder);
  const { count, paths, headers, hardware } = await findPhase(folder, kind, what, 'run');
  const [header] = headers;
  const memoryBytes = Number(header!.pins['memory']);
  const own = partHeader(part, { index: 0, count }, { memoryBytes, weights }, header!);
  return { paths, ranges: partRanges(part.work, count), header: own, hardware };
}

/** The measures of lines. @throws InputError as `readPhase`; RunError for values that are not finite */
export function readLinesPart({ checkpoint, work }: ReadinessPart<LinesWork>, found: FoundPart): Promise<ReadMeasures> {
  return readMeasures(found.paths, found.ranges, found.header, work.samples, checkpoint.folder);
}

/**
 * Reads the answers to all prompts, one prompt in memory at a time.
 *
 * @throws InputError as `readPhase`; Interrupted on abort; what the listener throws
 */
export async function readAnswersPart(
  { work }: ReadinessPart<AnswersWork>,
  { paths, ranges, header }: FoundPart,
  signal: AbortSignal,
  onRollouts: (done: PromptRollouts) => Promise<void>,
): Promise<void> {
  let next = 0;
  const all = ({ from, to }: ShardRange) => to - from;
  await readPhase(paths, ranges, header, all, async (payload, own, path) => {
    if (signal.aborted) throw new Interrupted('Stopped.');
    const found = decodeRollouts(payload);
    const right = found?.prompt === work.prompts[next]?.index && found?.rollouts.length === work.options.samples;
    if (found === undefined || !right) throw damaged(path, own);
    next++;
    await onRollouts(found);
  });
}
