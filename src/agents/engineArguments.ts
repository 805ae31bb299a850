import { z } from 'zod';
import { devices } from '../settings/devices.ts';
import { memorySize } from '../settings/memorySize.ts';
import { defaultSettings, type RunSettings } from '../settings/runSettings.ts';

/* Where and how models run, as agents say it. */

export const engineArguments = {
  device: z
    .enum(['auto', ...devices])
    .default('auto')
    .describe('Where models run; auto takes the first that works'),
  memory: z.string().max(40).default('auto').describe('Memory budget of each engine process, for example 4GB; or auto'),
};

/** The settings that a run takes. @throws InputError for a memory that is no size */
export function engineSettings({
  device,
  memory,
}: {
  readonly device: RunSettings['device'];
  readonly memory: string;
}): Pick<RunSettings, 'device' | 'memoryBytes' | 'processes' | 'threads' | 'weights' | 'precision'> {
  const { processes, threads, weights, precision } = defaultSettings;
  return { device, memoryBytes: memorySize(memory), processes, threads, weights, precision };
}
