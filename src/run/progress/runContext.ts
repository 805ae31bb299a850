import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import type { Engine } from '../../engine/process/engine.ts';
import type { MergedAdapters } from '../../merge/mergedAdapters.ts';
import type { DeviceChoice } from '../../settings/devices.ts';
import type { Precision } from '../../settings/precision.ts';
import type { WeightStorage } from '../../settings/weightStorage.ts';
import type { OnRunEvent } from './runEvents.ts';

/** What a caller gives a run: a listener for its events, a signal to stop it, and a way to start the engine. */
export interface RunContext {
  readonly onEvent: OnRunEvent;
  readonly signal: AbortSignal;
  /** Adapters that several runs of one command share; each run has its own when left out. */
  readonly adapters?: MergedAdapters | undefined;
  /** The checkpoint with its weights read from local copies, where such are kept, for who reads them often. */
  localCopy?(checkpoint: Checkpoint, signal: AbortSignal): Promise<Checkpoint>;
  startEngine(options: {
    device: DeviceChoice;
    memoryBytes: number;
    processes?: number;
    threads?: number;
    weights?: WeightStorage;
    precision?: Precision;
    signal: AbortSignal;
  }): Promise<Engine>;
}
