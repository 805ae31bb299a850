import { programOutput } from './programOutput.ts';

/* Finds NVIDIA GPUs, and which of them this process may use. */

/** An NVIDIA GPU, as its driver tells. */
export interface Gpu {
  /** Number in `nvidia-smi`'s order. */
  readonly number: number;
  /** `GPU-…`: the same whatever order devices are counted in. */
  readonly uuid: string;
  readonly name: string;
  /** Both 0 where the driver does not tell: the memory is the machine's own there. */
  readonly memoryBytes: number;
  readonly freeBytes: number;
}

/** A GPU that a process is given, by CUDA_VISIBLE_DEVICES. */
export interface VisibleGpu {
  /** For people: `GPU 0`. */
  readonly label: string;
  /** One element of CUDA_VISIBLE_DEVICES: a number, or a UUID or its beginning. */
  readonly id: string;
}

/**
 * The driver answers in a tenth of a second, but on a machine without its persistence daemon it wakes one GPU after the other, in
 * seconds each; and who does not answer in time has none. ms
 */
const patience = 60_000;
const mebibyte = 2 ** 20;

/** Reads `nvidia-smi --query-gpu=index,uuid,name,memory.total,memory.free --format=csv,noheader,nounits` (MiB). */
export function parseGpus(text: string): Gpu[] {
  return text.split('\n').flatMap((line): Gpu[] => {
    const [number = '', uuid = '', name = '', total, free] = line.split(',').map((field) => field.trim());
    if (!/^\d+$/.test(number) || uuid === '') return [];
    const bytes = (field: string | undefined) => Number(field) * mebibyte || 0;
    return [{ number: Number(number), uuid, name, memoryBytes: bytes(total), freeBytes: bytes(free) }];
  });
}

/** The machine's NVIDIA GPUs; none where the driver's `nvidia-smi` is not there or does not answer. */
export async function nvidiaGpus(signal?: AbortSignal): Promise<readonly Gpu[]> {
  try {
    const asked = ['--query-gpu=index,uuid,name,memory.total,memory.free', '--format=csv,noheader,nounits'];
    return parseGpus(await programOutput('nvidia-smi', asked, { timeout: patience, signal }));
  } catch {
    return [];
  }
}

/**
 * The GPUs a process may use, by the rules of CUDA_VISIBLE_DEVICES: unset, all of them; set, those named, up to the
 * first that is none (CUDA C++ Programming Guide, "CUDA environment variables").
 * @param variable value of CUDA_VISIBLE_DEVICES
 */
export function visibleGpus(all: readonly Gpu[], variable: string | undefined): VisibleGpu[] {
  if (variable === undefined) return all.map(({ number, uuid }) => ({ label: `GPU ${number}`, id: uuid }));
  const ids = variable.split(',').map((id) => id.trim());
  const end = ids.findIndex((id) => !/^(\d+|GPU-[\w-]+|MIG-[\w/-]+)$/.test(id));
  return ids.slice(0, end < 0 ? ids.length : end).map((id) => ({ label: /^\d/.test(id) ? `GPU ${id}` : id, id }));
}
