import type { Engine } from '../../engine/process/engine.ts';
import type { DeviceProbe, EnginePlan } from '../../protocol/engine.ts';
import type { Phase, PhaseTime } from '../../record/phases.ts';
import type { Device } from '../../settings/devices.ts';
import { showBytes } from '../../settings/memorySize.ts';
import type { ProductForm } from '../../settings/precision.ts';

/* The events that a run tells its caller, such as phases and progress, and the clock that times phases. */

/** What a caller hears while work goes on. */
export type RunEvent =
  | { readonly type: 'phase'; readonly phase: Phase }
  /** `unit` says what is counted; `total` may be 0 while it is not yet known. */
  | {
      readonly type: 'progress';
      readonly phase: Phase;
      readonly done: number;
      readonly total: number;
      readonly unit: 'samples' | 'steps' | 'bytes' | 'points';
    }
  | { readonly type: 'phaseDone'; readonly phase: Phase; readonly seconds: number }
  | {
      readonly type: 'device';
      readonly device: Device;
      readonly refused: readonly DeviceProbe[];
      /** How it computes matrix products; `float32` when left out. */
      readonly products?: ProductForm;
      /** Engine processes, 1 when left out. */
      readonly processes?: number;
      /** The GPUs they are spread over, where they were chosen. */
      readonly gpus?: readonly string[];
      /** Budget of each process, and what of it was free, where it was told; bytes. */
      readonly memory?: { readonly bytes: number; readonly freeBytes: number | undefined };
    }
  /** How the engine cuts the phase's work. */
  | { readonly type: 'plan'; readonly phase: Phase; readonly plan: EnginePlan }
  /** Something worth knowing: what was skipped, what was resumed. */
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'warning'; readonly text: string };

export type OnRunEvent = (event: RunEvent) => void;

/** What is said of an engine that was started. */
export function deviceEvent({ device, refused, products, processes, gpus, memory }: Engine): RunEvent {
  return { type: 'device', device, refused, products, processes, gpus, memory };
}

/** Of products that are not plainly float32's: `, products split for tensor cores`. */
export function productsText(products: ProductForm): string {
  return { float32: '', split: ', products split for tensor cores', tf32: ', products in TF32' }[products];
}

/** `cpu, 4 GB of memory (19.7 GB free)`, `cuda, 2 processes on GPU 0, GPU 1, 64.1 GB of memory each (80.1 GB free)`. */
export function deviceText({
  device,
  products = 'float32',
  processes = 1,
  gpus = [],
  memory,
}: Extract<RunEvent, { type: 'device' }>): string {
  const count = processes === 1 ? '' : `, ${processes} processes`;
  const on = gpus.length === 0 ? '' : ` on ${gpus.join(', ')}`;
  const how = productsText(products);
  if (memory === undefined) return `${device}${count}${on}${how}`;
  const { bytes, freeBytes } = memory;
  const free = freeBytes === undefined ? '' : ` (${bytes > freeBytes ? 'only ' : ''}${showBytes(freeBytes)} free)`;
  return `${device}${count}${on}, ${showBytes(bytes)} of memory${processes === 1 ? '' : ' each'}${free}${how}`;
}

/** Times the phases of one run and tells the caller when each begins and ends. */
export class PhaseClock {
  readonly times: PhaseTime[] = [];
  readonly #onEvent: OnRunEvent;
  #current: { readonly phase: Phase; readonly since: number } | undefined;

  constructor(onEvent: OnRunEvent) {
    this.#onEvent = onEvent;
  }

  /** Ends the phase that runs, if any, and begins `phase`. */
  begin(phase: Phase): void {
    this.end();
    this.#current = { phase, since: performance.now() };
    this.#onEvent({ type: 'phase', phase });
  }

  end(): void {
    if (this.#current === undefined) return;
    const { phase, since } = this.#current;
    this.#current = undefined;
    const seconds = (performance.now() - since) / 1000;
    this.times.push({ phase, seconds });
    this.#onEvent({ type: 'phaseDone', phase, seconds });
  }
}
