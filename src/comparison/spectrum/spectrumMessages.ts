import type { Spectrum } from './changeSpectrum.ts';

/* The messages between the host and a thread that computes spectra, one after the other; it is sent `SpectrumTask`s. */

/** What a worker is started with. */
export interface SpectrumWorkerData {
  /** Path of the compiled kernel. */
  readonly kernel: string;
}

/** From the worker, one for each task in their order. */
export type SpectrumAnswer =
  | { readonly type: 'spectrum'; readonly spectrum: Spectrum }
  /** An error, by its class, since classes do not cross. */
  | { readonly type: 'fault'; readonly kind: 'input' | 'run' | 'other'; readonly message: string };
