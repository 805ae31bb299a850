import { join } from 'node:path';
import type { CalibrationSample } from '../../calibration/sample.ts';
import { placeOf, sourcesOf } from '../../checkpoint/checkpoint.ts';
import { checkUnchanged } from '../../checkpoint/unchanged.ts';
import type { Engine } from '../../engine/process/engine.ts';
import { exists } from '../../files/reading/exists.ts';
import { partialName } from '../../files/reading/partialName.ts';
import { quotedPath } from '../../files/reading/shown.ts';
import type { SampleMeasures } from '../../protocol/engine.ts';
import { program } from '../../settings/programInfo.ts';
import type { RunSettings } from '../../settings/runSettings.ts';
import { type EngineFacts, lasting, samplesHash } from '../attribution/runLoad.ts';
import type { RunContext } from '../progress/runContext.ts';
import type { PhaseClock } from '../progress/runEvents.ts';
import type { Pins, ShardHeader } from '../shards/file/shardContent.ts';
import { readShardHeader } from '../shards/file/shardFile.ts';
import { checkSameRun } from '../shards/shardAttempt.ts';
import { makeShardFolder } from '../shards/shardFolder.ts';
import { findPhase, readMeasures } from '../shards/shardMeasures.ts';
import { hardwareOf, threadsOf } from '../shards/shardPins.ts';
import { rangesOf, type Shard, type ShardRange } from '../shards/shardPlace.ts';
import { measureOnShard } from '../shards/workOnShard.ts';
import type { VerifiedCheckpoint } from './verifiedCheckpoint.ts';

/*
 * Measuring checkpoints on a record's calibration in shards: as a run's measuring is, with a folder of partials for each
 * checkpoint, named by its place among those that were given.
 */

/** What all shards of a verification are of. */
export interface VerifiedCalibration {
  readonly samples: readonly CalibrationSample[];
  readonly topTokens: number;
}

type EngineSettings = Pick<RunSettings, 'memoryBytes' | 'threads' | 'weights'>;

/** How many samples a shard has. */
export function shardSamples(samples: readonly CalibrationSample[], { index, count }: Shard): number {
  const { from, to } = rangesOf(samples, count)[index]!;
  return to - from;
}

/** What shards must have in common; see shardPins.ts. */
function pinsOf(
  { checkpoint, completion }: VerifiedCheckpoint,
  { samples, topTokens }: VerifiedCalibration,
  { memoryBytes, weights }: Pick<EngineSettings, 'memoryBytes' | 'weights'>,
  { device, runtimeVersion, products, threads }: EngineFacts & { readonly threads: number },
  count: number,
): Pins {
  const pins = {
    ...{ program: program.version, runtime: runtimeVersion, device, precision: products, weights },
    ...{ memory: memoryBytes, threads, shards: count, 'top tokens': topTokens },
    checkpoint: { folder: checkpoint.folder, files: sourcesOf(checkpoint).files.map(lasting) },
    // An adapter lies in another temporary folder each time.
    'rows kept': completion?.kept ?? null,
    "tokens of the record's calibration": samplesHash(samples),
  };
  return JSON.parse(JSON.stringify(pins)) as Pins;
}

function headerOf(
  shard: Shard,
  { from, to }: ShardRange,
  pins: Pins,
  engine: ShardHeader['engine'],
  hardware: readonly string[],
): ShardHeader {
  return {
    program: 'rejuvenate',
    what: 'partial of a run',
    version: 1,
    phase: 'verify',
    ...shard,
    ...{ from, to, pins, engine },
    hardware: [...hardware],
    started: new Date().toISOString(),
  };
}

/** A shard of a verification. */
export interface VerifyShard extends VerifiedCalibration {
  readonly engine: Engine;
  readonly settings: EngineSettings;
  readonly shard: Shard;
  /** Of all checkpoints' partials. */
  readonly partials: string;
  readonly clock: PhaseClock;
}

/**
 * Measures a shard's samples on a checkpoint, unless that is done.
 *
 * @param position of the checkpoint among those given
 * @returns the partial, and whether it was there
 */
export async function measureVerified(
  verified: VerifiedCheckpoint,
  position: number,
  work: VerifyShard,
  context: RunContext,
): Promise<{ readonly path: string; readonly before: boolean }> {
  const { engine, settings, shard, partials, clock, samples, topTokens } = work;
  const { checkpoint, completion } = verified;
  const { device, runtimeVersion, products, processes, refused } = engine;
  const facts = { device, runtimeVersion, products, threads: threadsOf(engine, settings) };
  const folder = join(partials, String(position));
  for (const each of [partials, folder]) await makeShardFolder(each, [checkpoint.folder]);
  const tried = refused.map((each) => ({ device: each.device, reason: each.reason }));
  const header = headerOf(
    shard,
    rangesOf(samples, shard.count)[shard.index]!,
    pinsOf(verified, work, settings, facts, shard.count),
    { ...facts, processes, refused: tried },
    [await hardwareOf(engine, context.signal)],
  );
  const path = join(folder, partialName(header));
  if (await exists(path)) {
    checkSameRun(path, await readShardHeader(path), header);
    return { path, before: true };
  }
  const part = {
    ...{ folder, header, phase: 'measure' as const, clock, files: checkpoint.files, hashes: [] },
    ...(checkpoint.merged !== undefined && { check: () => checkUnchanged(checkpoint, 'while it was measured') }),
  } satisfies Parameters<typeof measureOnShard>[0];
  const place = placeOf(checkpoint);
  await measureOnShard(part, { engine, folder: checkpoint.folder, place, completion, samples, topTokens }, context);
  return { path, before: false };
}

/**
 * Reads what all shards measured of a checkpoint.
 *
 * @throws InputError naming what is missing, damaged, or of another checkpoint, record or version
 */
export async function readVerified(
  verified: VerifiedCheckpoint,
  position: number,
  partials: string,
  weights: EngineSettings['weights'],
  calibration: VerifiedCalibration,
): Promise<readonly SampleMeasures[]> {
  const folder = join(partials, String(position));
  const what = quotedPath(verified.checkpoint.folder);
  const { count, paths, headers } = await findPhase(folder, 'verify', what, 'verification');
  const ranges = rangesOf(calibration.samples, count);
  const { engine, pins, hardware } = headers[0]!;
  const memoryBytes = Number(pins['memory']);
  const own = pinsOf(verified, calibration, { memoryBytes, weights }, engine, count);
  const header = headerOf({ index: 0, count }, ranges[0]!, own, engine, hardware);
  return (await readMeasures(paths, ranges, header, calibration.samples, verified.checkpoint.folder)).measures;
}
