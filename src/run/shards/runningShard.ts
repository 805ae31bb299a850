import type { Engine } from '../../engine/process/engine.ts';
import type { RunSettings } from '../../settings/runSettings.ts';
import type { Loaded } from '../attribution/runLoad.ts';
import type { RunInputs } from '../files/runOutputs.ts';
import type { PhaseClock } from '../progress/runEvents.ts';
import type { ShardHeader } from './file/shardContent.ts';
import { hardwareOf, pinsOf, threadsOf } from './shardPins.ts';
import { rangesOf, type Shard, type ShardPhase, type ShardRange } from './shardPlace.ts';

/* A shard of a run while it is worked on: what was asked for, what was loaded, and the engine. */

export interface ShardOptions {
  /** As they were given. */
  readonly inputs: RunInputs;
  /** Where the record of all shards is to go. */
  readonly record: string;
  readonly settings: RunSettings;
  /** Every target's scores are kept. */
  readonly scores?: boolean | undefined;
  /** The record may be there. */
  readonly overwrite: boolean;
  readonly shard: Shard;
  /** All that can be done, when left out. */
  readonly phase?: ShardPhase | undefined;
  /** The folder of all shards' partials. */
  readonly partials: string;
}

/** A shard under way. */
export interface RunningShard extends Loaded {
  /** Every target's scores are kept. */
  readonly scores: boolean;
  readonly settings: RunSettings;
  readonly engine: Engine;
  /** Of all shards' partials. */
  readonly folder: string;
  readonly shard: Shard;
  /** Of each shard's samples. */
  readonly ranges: readonly ShardRange[];
  readonly clock: PhaseClock;
  readonly headerOf: (phase: ShardPhase) => ShardHeader;
}

/** @param options with when the run began, ISO 8601 */
export async function beginShard(
  { inputs, settings, scores = false, shard, partials, started }: ShardOptions & { readonly started: string },
  loaded: Loaded,
  engine: Engine,
  clock: PhaseClock,
  signal: AbortSignal,
): Promise<RunningShard> {
  const { device, processes, refused, runtimeVersion, products } = engine;
  const facts = { device, runtimeVersion, products, threads: threadsOf(engine, settings) };
  const { base, sft, calibration, tokenizer } = inputs;
  const ranges = rangesOf(loaded.calibration.samples, shard.count);
  const header: Omit<ShardHeader, 'phase'> = {
    program: 'rejuvenate',
    what: 'partial of a run',
    version: 1,
    ...shard,
    ...ranges[shard.index]!,
    pins: pinsOf(settings, loaded, facts, shard.count),
    engine: { ...facts, processes, refused: refused.map(({ device: each, reason }) => ({ device: each, reason })) },
    hardware: [await hardwareOf(engine, signal)],
    request: {
      folder: process.cwd(),
      inputs: { base, sft, calibration: [...calibration], ...(tokenizer !== undefined && { tokenizer }) },
      settings: { ...settings },
    },
    started,
  };
  const headerOf = (phase: ShardPhase): ShardHeader => ({ ...header, phase });
  return { ...loaded, scores, settings, engine, folder: partials, shard, ranges, clock, headerOf };
}
