import { join } from 'node:path';
import { InputError, Interrupted } from '../../../errors.ts';
import { exists } from '../../../files/reading/exists.ts';
import { partialName } from '../../../files/reading/partialName.ts';
import { quotedPath } from '../../../files/reading/shown.ts';
import type { PromptRollouts } from '../../../readiness/rollout.ts';
import { decodeRollouts } from '../../../run/readiness/rolloutPayload.ts';
import type { ShardHeader } from '../../../run/shards/file/shardContent.ts';
import { damaged, readShardHeader } from '../../../run/shards/file/shardFile.ts';
import { shardFiles } from '../../../run/shards/shardFolder.ts';
import { type ReadMeasures, readMeasures, readPhase } from '../../../run/shards/shardMeasures.ts';
import { type ShardRange, shardWords } from '../../../run/shards/shardPlace.ts';
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
  const found = (await shardFiles(folder)).filter(
    ({ attempt, place }) => attempt === undefined && place.phase === kind,
  );
  const [first] = found;
  if (first === undefined) {
    throw new InputError(
      `There are no partials of ${quotedPath(part.checkpoint.folder)} in ${quotedPath(folder)} (${kind}-…): ` +
        'run all shards first (--shard I/N).',
    );
  }
  const { count } = first.place;
  const other = found.find(({ place }) => place.count !== count);
  if (other !== undefined) {
    throw new InputError(
      `${quotedPath(first.path)} is of ${count} shards and ${quotedPath(other.path)} of ${other.place.count}: ` +
        'take out those of the other run.',
    );
  }
  const places = Array.from({ length: count }, (_, index) => ({ phase: kind, index, count }));
  const paths = places.map((place) => join(folder, partialName(place)));
  for (const [index, path] of paths.entries()) {
    if (await exists(path)) continue;
    throw new InputError(`${quotedPath(path)} is missing: run that shard with ${shardWords(places[index]!)}.`);
  }
  const hardware = new Set<string>();
  let header: ShardHeader | undefined;
  for (const [index, path] of paths.entries()) {
    const own = await readShardHeader(path);
    for (const each of own.hardware) hardware.add(each);
    if (own.phase !== kind || own.index !== index || own.count !== count)
      throw damaged(path, { ...own, ...places[index]! });
    header ??= own;
  }
  const memoryBytes = Number(header!.pins['memory']);
  const own = partHeader(part, { index: 0, count }, { memoryBytes, weights }, header!);
  return { paths, ranges: partRanges(part.work, count), header: own, hardware: [...hardware].sort() };
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
