import type { Engine } from '../../engine/process/engine.ts';
import type { DeviceChoice } from '../../settings/devices.ts';
import type { Precision } from '../../settings/precision.ts';
import type { WeightStorage } from '../../settings/weightStorage.ts';
import type { OnRunEvent } from './runEvents.ts';

/** What a caller gives a run: a listener for its events, a signal to stop it, and a way to start the engine. */
export interface RunContext {
  readonly onEvent: OnRunEvent;
  readonly signal: AbortSignal;
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
