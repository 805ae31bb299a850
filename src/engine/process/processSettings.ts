import type { StartParams } from '../../protocol/engine.ts';
import type { VisibleGpu } from '../device/gpus.ts';

/* What each engine process is told when it starts. */

/** What a process of the engine is started with, on any device. */
export interface ProcessSettings extends Omit<StartParams, 'device'> {
  /** The one GPU it sees; undefined where the runtime chooses. */
  readonly gpu: VisibleGpu | undefined;
}

/** @param processes as asked for; 0: one for each GPU, or one */
export function processCount(processes: number, gpus: readonly VisibleGpu[]): number {
  return processes > 0 ? processes : Math.max(1, gpus.length);
}

/**
 * Settings of each process, which differ in their GPU alone. All threads are every process's: how products are cut among
 * threads decides the last bits, and a record must not depend on how many processes made it. That costs nothing where
 * waiting threads let go of their core: two processes with two threads each on two cores took 5.0 s for the sample, with
 * one thread each 4.9 s, and with spinning threads 8 to 19 s.
 *
 * @param processes 0: one for each GPU, or one
 */
export function processSettings(
  { processes, ...shared }: Omit<StartParams, 'device' | 'spinning'> & { readonly processes: number },
  gpus: readonly VisibleGpu[],
): readonly ProcessSettings[] {
  const count = processCount(processes, gpus);
  const spinning = count === 1;
  return Array.from({ length: count }, (_, i) => ({ ...shared, spinning, gpu: gpus[i % gpus.length] }));
}
