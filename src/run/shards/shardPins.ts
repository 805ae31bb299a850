import { createHash } from 'node:crypto';
import { availableParallelism, cpus } from 'node:os';
import { nvidiaGpus } from '../../engine/device/gpus.ts';
import { shownReason } from '../../files/reading/shown.ts';
import type { RunSettings } from '../../settings/runSettings.ts';
import type { EngineFacts, Loaded } from '../attribution/runLoad.ts';
import { fingerprintOf } from '../attribution/runLoad.ts';
import type { RunTargets } from '../attribution/runTargets.ts';
import type { OnRunEvent } from '../progress/runEvents.ts';
import type { Pins, ShardHeader } from './file/shardContent.ts';

/* What all shards of a run must have in common, so that together they give what one process would have. */

/**
 * What a stopped run must have in common with the one that takes it up, and what decides how its work is cut, which one
 * process decides once: memory, and the threads that products are cut among.
 *
 * @param count of shards
 */
export function pinsOf(
  settings: RunSettings,
  loaded: Pick<Loaded, 'files' | 'calibration'>,
  engine: EngineFacts & Pick<ShardHeader['engine'], 'threads'>,
  count: number,
): Pins {
  const lasting = fingerprintOf(settings, loaded, engine);
  const pins = { ...lasting, memory: settings.memoryBytes, threads: engine.threads, shards: count };
  // As it is read back.
  return JSON.parse(JSON.stringify(pins)) as Pins;
}

/** Threads that a process has on the CPU: those asked for, or one a core; 0 on other devices, where they decide nothing. */
export function threadsOf({ device }: Pick<EngineFacts, 'device'>, { threads }: Pick<RunSettings, 'threads'>): number {
  if (device !== 'cpu') return 0;
  return threads === 0 ? availableParallelism() : threads;
}

/** SHA-256 of all samples' targets. */
export function targetsHash({ samples }: RunTargets): string {
  const hash = createHash('sha256');
  for (const { sample, targets } of samples) hash.update(JSON.stringify([sample.index, targets]));
  return hash.digest('hex');
}

/** Warns where shards were computed on unlike hardware. @param hardware each once */
export function warnOfHardware(hardware: readonly string[], onEvent: OnRunEvent): void {
  if (hardware.length < 2) return;
  onEvent({
    type: 'warning',
    text: `The shards were computed on different hardware (${shownReason([...hardware].sort().join('; '))}): in their last bits the results may differ from those of one machine.`,
  });
}

/** What the last bits may hang on beside all that: the processor, or the GPUs, by name. */
export async function hardwareOf({ device }: Pick<EngineFacts, 'device'>, signal: AbortSignal): Promise<string> {
  const names =
    device === 'cpu' ? cpus().map(({ model }) => model.trim()) : (await nvidiaGpus(signal)).map(({ name }) => name);
  const known = [...new Set(names)].filter((name) => name !== '').sort();
  return `${device} on ${known.length === 0 ? 'unnamed hardware' : known.join(', ')}`;
}
