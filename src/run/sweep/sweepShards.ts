import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { parseStrictJson } from '../../files/reading/strictJson.ts';
import {
  type MeasuredPoint,
  measuredPointSchema,
  type SweepPoint,
  type SweepRecord,
} from '../../record/sweep/sweepRecord.ts';
import type { Precision } from '../../settings/precision.ts';
import { program } from '../../settings/programInfo.ts';
import { type WeightForm, type WeightStorage, weightForms } from '../../settings/weightStorage.ts';
import type { Pins, ShardHeader } from '../shards/file/shardContent.ts';
import { damaged } from '../shards/file/shardFile.ts';
import { findPhase, readPhase } from '../shards/shardMeasures.ts';
import { type Shard, type ShardRange, shardRanges } from '../shards/shardPlace.ts';

/* A sweep's points in shards: who has which, what their partials say, and how they are read in the order of one process. */

/** What decides the points' figures, beside the engine. */
export interface SweptPoints {
  /** Of the run: `runIdentity`. */
  readonly record: string;
  readonly points: readonly SweepPoint[];
  readonly anchors: SweepRecord['anchors'];
  /** What is sampled; null: nothing. */
  readonly sampling: unknown;
  readonly weights: WeightStorage;
  readonly precision: Precision;
}

/** Neighbours, since of two that follow each other little is written anew. */
export function pointRanges(points: number, count: number): readonly ShardRange[] {
  return shardRanges(Array<number>(points).fill(1), count);
}

/** The header of a shard's partial. */
export function sweepHeader(
  swept: SweptPoints,
  shard: Shard,
  memoryBytes: number,
  { engine, hardware, asked, started }: Pick<ShardHeader, 'engine' | 'hardware' | 'asked' | 'started'>,
): ShardHeader {
  const { record, points, anchors, sampling, weights, precision } = swept;
  const { device, runtimeVersion, products, threads } = engine;
  const pins = {
    ...{ program: program.version, runtime: runtimeVersion, device, products, precision, weights },
    ...{ memory: memoryBytes, threads, shards: shard.count, 'run record': record, points, anchors, sampling },
  };
  return {
    ...{ program: 'rejuvenate', what: 'partial of a run', version: 1, phase: 'sweep', ...shard },
    ...pointRanges(points.length, shard.count)[shard.index]!,
    pins: JSON.parse(JSON.stringify(pins)) as Pins,
    ...{ engine, hardware, asked, started },
  };
}

const pointSchema = z.strictObject({ point: measuredPointSchema, held: z.enum(weightForms).nullable() });

/** A point as a partial keeps it, with how the engine held the weights. */
export interface KeptPoint {
  readonly point: MeasuredPoint;
  readonly held: WeightForm | null;
}

export function encodePoint(kept: KeptPoint): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(kept));
}

function decodePoint(payload: Uint8Array): KeptPoint | undefined {
  try {
    return pointSchema.parse(parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(payload), 'A point'));
  } catch {
    return undefined;
  }
}

/** What all shards measured. */
export interface ReadSweep {
  readonly points: readonly MeasuredPoint[];
  readonly engine: ShardHeader['engine'];
  readonly held: WeightForm | null;
  readonly hardware: readonly string[];
}

/**
 * Reads the points of all shards.
 *
 * @throws InputError naming what is missing, damaged, of another sweep, or of other numbers of shards
 */
export async function readSweepShards(folder: string, swept: SweptPoints): Promise<ReadSweep> {
  const { count, paths, headers, hardware } = await findPhase(folder, 'sweep', 'a sweep', 'sweep');
  const [header] = headers;
  const own = sweepHeader(swept, { index: 0, count }, Number(header!.pins['memory']), header!);
  const points: MeasuredPoint[] = [];
  let held: WeightForm | null = null;
  const ranges = pointRanges(swept.points.length, count);
  await readPhase(
    paths,
    ranges,
    own,
    ({ from, to }) => to - from,
    (payload, of, path) => {
      const kept = decodePoint(payload);
      if (kept === undefined || !isPoint(kept.point, swept.points[points.length])) throw damaged(path, of);
      points.push(kept.point);
      held ??= kept.held;
    },
  );
  return { points, engine: header!.engine, held, hardware };
}

function isPoint({ alpha, rho, selection, seed, anchor }: MeasuredPoint, planned: SweepPoint | undefined): boolean {
  return isDeepStrictEqual({ alpha, rho, selection, seed, anchor }, planned);
}
