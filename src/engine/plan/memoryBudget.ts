import { freemem } from 'node:os';
import type { Device } from '../../settings/devices.ts';
import type { Gpu, VisibleGpu } from '../device/gpus.ts';

/* How much memory an engine process may take. */

/** What each engine process may take, and what of it is there. */
export interface MemoryBudget {
  /** Bytes. */
  readonly bytes: number;
  /** Free for each process when it was asked, bytes; undefined where the device does not tell. */
  readonly freeBytes: number | undefined;
}

/** What is left to everything else: page cache of the weights' files, the host, fragmentation of a device's memory. */
const ownShare = 0.8;
/** Where a GPU does not tell what it has. */
const untoldBytes = 4e9;

/** Free memory of the machine, or of the container that the process is in; bytes. */
export function freeMachineBytes(): number {
  // Node 20.13 and later know of containers; an editor's may be older.
  return Math.min(process.availableMemory?.() ?? Infinity, freemem());
}

/** The GPU that an element of CUDA_VISIBLE_DEVICES names: by number, or by the beginning of its UUID. */
function named({ id }: VisibleGpu, all: readonly Gpu[]): Gpu | undefined {
  return all.find(({ number, uuid }) => (/^\d+$/.test(id) ? number === Number(id) : uuid.startsWith(id)));
}

/** Free memory of each of the GPUs; undefined unless all tell. */
function freeOfGpus(gpus: readonly (Gpu | undefined)[]): number | undefined {
  const free = gpus.map((gpu) => (gpu === undefined || gpu.memoryBytes === 0 ? undefined : gpu.freeBytes));
  return free.length === 0 || free.includes(undefined) ? undefined : Math.min(...(free as number[]));
}

/**
 * Budget of each process: what was asked for, or four fifths of what is free, shared by those on the same device. What
 * waits between segments lies in the machine's memory, whatever the device: a GPU's budget is no more than that allows.
 * @param askedBytes 0: as much as is free
 * @param used GPUs of the processes, each named once; none where the runtime chooses
 * @param all the machine's NVIDIA GPUs
 */
export function memoryBudget(
  askedBytes: number,
  device: Device,
  processes: number,
  used: readonly VisibleGpu[],
  all: readonly Gpu[],
  machineBytes = freeMachineBytes(),
): MemoryBudget {
  const free =
    device === 'cpu'
      ? machineBytes
      : freeOfGpus(used.length > 0 ? used.map((gpu) => named(gpu, all)) : device === 'coreml' ? [] : all);
  const sharing = Math.ceil(processes / Math.max(1, used.length));
  const freeBytes = free === undefined ? undefined : Math.floor(Math.min(free / sharing, machineBytes / processes));
  if (askedBytes > 0) return { bytes: askedBytes, freeBytes };
  const taken =
    freeBytes === undefined ? Math.min(untoldBytes, (machineBytes / processes) * ownShare) : freeBytes * ownShare;
  return { bytes: Math.floor(taken), freeBytes };
}
