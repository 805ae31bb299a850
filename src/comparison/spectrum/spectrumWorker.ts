import { workerData } from 'node:worker_threads';
import { answerTasks } from '../../files/threads/answerTasks.ts';
import { changeSpectrum, type SpectrumTask } from './changeSpectrum.ts';
import type { SpectrumWorkerData } from './computeSpectra.ts';

/* What runs in a thread that computes spectra. */

// Its starter passes exactly this.
const { kernel } = workerData as SpectrumWorkerData;
answerTasks((task: SpectrumTask) => changeSpectrum(task, kernel));
