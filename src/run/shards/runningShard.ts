import type { Engine } from '../../engine/process/engine.ts';
import type { RunSettings } from '../../settings/runSettings.ts';
import type { Loaded } from '../attribution/runLoad.ts';
import type { PhaseClock } from '../progress/runEvents.ts';
import type { ShardHeader } from './shardContent.ts';
import type { Shard, ShardPhase, ShardRange } from './shardPlace.ts';

/** A shard under way. */
export interface RunningShard extends Loaded {
  readonly settings: RunSettings;
  readonly engine: Engine;
  readonly folder: string;
  readonly shard: Shard;
  readonly ranges: readonly ShardRange[];
  readonly clock: PhaseClock;
  readonly headerOf: (phase: ShardPhase) => ShardHeader;
}
