import { InputError } from '../../errors.ts';

/*
 * What of the engine must be the same in every task, or their results do not fit together: it is settled when the run is
 * submitted, and never left to a node. Pure.
 */

/** As the user gave it; undefined where nothing was said. */
export interface GivenEngine {
  readonly device: string;
  /** 0: auto. */
  readonly memoryBytes: number;
  readonly threads: number | undefined;
}

/** What the user asks of Slurm for each task. */
export interface TaskResources {
  readonly gpusPerTask?: string | undefined;
  readonly cpusPerTask?: number | undefined;
  readonly mem?: string | undefined;
}

export interface PinnedEngine {
  readonly device: string;
  readonly memoryBytes: number;
  readonly threads: number | undefined;
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

/**
 * The device, memory and threads that every task gets.
 *
 * @throws InputError when the memory cannot be told
 */
export function pinnedEngine({ device, memoryBytes, threads }: GivenEngine, resources: TaskResources): PinnedEngine {
  const settled = device === 'auto' && resources.gpusPerTask === undefined ? 'cpu' : device;
  const onCpu = settled === 'cpu';
  const mem = onCpu && resources.mem !== undefined ? slurmMemory(resources.mem) : undefined;
  const bytes = memoryBytes > 0 ? memoryBytes : Math.floor((mem ?? 0) * engineShare);
  if (bytes === 0) {
    throw new InputError(
      'On a cluster every task must have the same memory budget, or their results do not fit together: give ' +
        `${onCpu ? '--mem (four fifths of it is taken), or ' : ''}--memory with a size, for example --memory 60GB.`,
    );
  }
  return { device: settled, memoryBytes: bytes, threads: threads ?? (onCpu ? resources.cpusPerTask : undefined) };
}
