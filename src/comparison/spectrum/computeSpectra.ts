import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { dtypeBytes } from '../../checkpoint/safetensors/dtype.ts';
import { distFolder } from '../../distFolder.ts';
import { Interrupted, RunError } from '../../errors.ts';
import { TaskThread } from '../../files/threads/taskThread.ts';
import type { DifferenceScalars } from '../../record/comparison/comparisonRecord.ts';
import type { MatchedTensor } from '../checkpoints/tensorMatch.ts';
import type { Spectrum, SpectrumTask } from './changeSpectrum.ts';

/* Computes the spectra of changes by threads: of one tensor that is looked at, or of all of a comparison. */

/** More threads than this wait for the files and for memory. */
const maxWorkers = 4;

/** What a thread is started with. */
export interface SpectrumWorkerData {
  /** Path of the compiled kernel. */
  readonly kernel: string;
}

function startThread(): TaskThread<SpectrumTask, Spectrum> {
  const workerData: SpectrumWorkerData = { kernel: join(distFolder, 'spectrum.wasm') };
  return new TaskThread('spectrumWorker.cjs', 'computes spectra', workerData);
}

export interface SpectraOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes of tensors that are done, and in all; each is read several times. */
  readonly onProgress?: (done: number, total: number) => void;
  /** By the position of the task; in any order. */
  readonly onSpectrum: (task: number, spectrum: Spectrum) => void;
}

/**
 * What to compute for a tensor's change in a pair.
 * @param checkpoints in the order of the tensor's places
 */
export function spectrumTask(
  checkpoints: readonly Pick<Checkpoint, 'shards'>[],
  { rows, columns, places }: MatchedTensor,
  [reference, checkpoint]: readonly [number, number],
  { maxAbs }: Pick<DifferenceScalars, 'maxAbs'>,
): SpectrumTask {
  const side = (position: number) => ({ shards: checkpoints[position]!.shards, place: places[position]! });
  return { rows, columns, reference: side(reference), checkpoint: side(checkpoint), maxAbs };
}

/**
 * Computes spectra, each by one thread, so that the result does not depend on how many there are.
 *
 * @throws InputError when a file cannot be read or changes; Interrupted on abort
 * @throws RunError when a thread ends, or the project is not built
 */
export async function computeSpectra(tasks: readonly SpectrumTask[], options: SpectraOptions): Promise<void> {
  const { signal, onProgress, onSpectrum } = options;
  if (signal?.aborted) throw new Interrupted('Stopped.');
  const count = Math.min(maxWorkers, availableParallelism(), tasks.length);
  const threads = Array.from({ length: count }, startThread);
  const end = (reason: unknown) => Promise.all(threads.map((thread) => thread.end(reason)));
  const stop = () => void end(new Interrupted('Stopped.'));
  signal?.addEventListener('abort', stop, { once: true });
  const size = ({ rows, columns, reference, checkpoint }: SpectrumTask) =>
    rows * columns * (dtypeBytes[reference.place.dtype] + dtypeBytes[checkpoint.place.dtype]);
  const total = tasks.reduce((sum, task) => sum + size(task), 0);
  let done = 0;
  const left = [...tasks.entries()];
  const work = async (thread: TaskThread<SpectrumTask, Spectrum>) => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [position, task] = next;
      onSpectrum(position, await thread.run(task));
      done += size(task);
      onProgress?.(done, total);
    }
  };
  try {
    await Promise.all(threads.map(work));
  } finally {
    signal?.removeEventListener('abort', stop);
    await end(new RunError('The spectra have ended.'));
  }
}
