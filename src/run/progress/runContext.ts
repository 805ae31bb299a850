import type { Engine } from '../../engine/process/engine.ts';
import type { DeviceChoice } from '../../settings/devices.ts';
import type { WeightStorage } from '../../settings/weightStorage.ts';
import type { OnRunEvent } from './runEvents.ts';

/** How a caller takes part in a run. */
export interface RunContext {
  readonly onEvent: OnRunEvent;
  readonly signal: AbortSignal;
  startEngine(options: {
    device: DeviceChoice;
    memoryBytes: number;
    processes?: number;
    threads?: number;
    weights?: WeightStorage;
    signal: AbortSignal;
  }): Promise<Engine>;
}
