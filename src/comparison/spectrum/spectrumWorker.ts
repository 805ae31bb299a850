import { parentPort, workerData } from 'node:worker_threads';
import { InputError, RunError } from '../../errors.ts';
import { changeSpectrum, type SpectrumTask } from './changeSpectrum.ts';
import type { SpectrumAnswer, SpectrumWorkerData } from './spectrumMessages.ts';

/* What runs in a thread that computes spectra: answers task after task, until it is terminated. */

async function answerTo(task: SpectrumTask, kernel: string): Promise<SpectrumAnswer> {
  try {
    return { type: 'spectrum', spectrum: await changeSpectrum(task, kernel) };
  } catch (error) {
    const kind = error instanceof InputError ? 'input' : error instanceof RunError ? 'run' : 'other';
    return { type: 'fault', kind, message: error instanceof Error ? error.message : String(error) };
  }
}

// Its starter passes exactly this, and sends a task once the one before is answered.
const { kernel } = workerData as SpectrumWorkerData;
parentPort!.on('message', async (task: SpectrumTask) => parentPort!.postMessage(await answerTo(task, kernel)));
