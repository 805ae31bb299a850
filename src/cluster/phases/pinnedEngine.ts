import { InputError } from '../../errors.ts';
import type { RunSettings } from '../../settings/runSettings.ts';

/*
 * What of the engine must be the same in every task, or their results do not fit together: it is settled when the run is
 * submitted, and never left to a node. Pure.
 */

/** What is settled; as the user gave it, a memory or threads of 0 say nothing. */
export type PinnedEngine = Pick<RunSettings, 'device' | 'memoryBytes' | 'threads'>;

/** What the user asks of Slurm for each task. */
export interface TaskResources {
  readonly gpusPerTask?: string | undefined;
  readonly cpusPerTask?: number | undefined;
  readonly mem?: string | undefined;
}

/** Of a task's memory what its engine gets: the rest is Node's, and the files' pages. */
const engineShare = 0.8;

/** Bytes of `--mem`: mebibytes where no unit is given. Undefined for `0`, all of a node, and what is no size. */
export function slurmMemory(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)B?$/i.exec(text);
  if (match === null) return undefined;
  const power = { K: 1, '': 2, M: 2, G: 3, T: 4 }[match[2]!.toUpperCase()]!;
  const bytes = Number(match[1]) * 1024 ** power;
  return bytes > 0 ? bytes : undefined;
}

/** Bytes of `--mem` that a task's engine gets. Undefined as {@link slurmMemory}. */
export function engineMemory(mem: string | undefined): number | undefined {
  const bytes = mem === undefined ? undefined : slurmMemory(mem);
  return bytes === undefined ? undefined : Math.floor(bytes * engineShare);
}

/**
 * The device, memory and threads that every task gets.
 *
 * @throws InputError when the memory cannot be told
 */
export function pinnedEngine({ device, memoryBytes, threads }: PinnedEngine, resources: TaskResources): PinnedEngine {
  const settled = device === 'auto' && resources.gpusPerTask === undefined ? 'cpu' : device;
  const onCpu = settled === 'cpu';
  const bytes = memoryBytes || (onCpu ? (engineMemory(resources.mem) ?? 0) : 0);
  if (bytes === 0) {
    throw new InputError(
      'On a cluster every task must have the same memory budget, or their results do not fit together: give ' +
        `${onCpu ? '--mem (four fifths of it is taken), or ' : ''}--memory with a size, for example --memory 60GB.`,
    );
  }
  return { device: settled, memoryBytes: bytes, threads: threads || (onCpu ? (resources.cpusPerTask ?? 0) : 0) };
}

/** As words of a command line. */
export function engineWords({ device, memoryBytes, threads }: PinnedEngine): string[] {
  return [`--device=${device}`, `--memory=${memoryBytes}`, ...(threads === 0 ? [] : [`--threads=${threads}`])];
}
