import type { SampleAttribution } from '../../method/attribution.ts';
import type {
  AttributeParams,
  DeviceProbe,
  EngineOutcome,
  EnginePlan,
  EngineProgress,
  MeasureParams,
  SampledPrompt,
  SampleMeasures,
  SampleParams,
} from '../../protocol/engine.ts';
import type { Device } from '../../settings/devices.ts';
import type { ProductForm } from '../../settings/precision.ts';
import type { MemoryBudget } from '../plan/memoryBudget.ts';

/* The engine as the rest of the program sees it: what it can be asked, and what is heard while it works. */

/** What the caller hears while the engine works. */
export interface EngineCallbacks<Result> {
  /** A sample is finished. Called in the order of the samples. */
  onSample(result: Result): void;
  onProgress?(progress: EngineProgress): void;
  /** How the work will be cut, before it begins. */
  onPlan?(plan: EnginePlan): void;
  /** What of the plan decides last bits, as a hash; again where memory ran out and the work is cut anew. */
  onCut?(cut: string): void;
  /** Something worth knowing, in a sentence: a process was lost, a GPU is not used. */
  onNote?(text: string): void;
  readonly signal?: AbortSignal | undefined;
}

/** The host's handle on the engine: one process or several, which share a request's samples. One request at a time. */
export interface Engine {
  readonly device: Device;
  /** Processes that a request with samples enough has work for. */
  readonly processes: number;
  /** The GPUs they are spread over, for people; empty where the runtime chooses. */
  readonly gpus: readonly string[];
  /** What each process may take. */
  readonly memory: MemoryBudget;
  /** Devices tried before the one taken, and why each was not. */
  readonly refused: readonly DeviceProbe[];
  readonly runtimeVersion: string;
  /** How matrix products are computed. */
  readonly products: ProductForm;
  /** Teacher-forces every sample. Throws `Interrupted` on abort, `RunError` when processes keep dying, `InputError` for bad input. */
  measure(params: MeasureParams, callbacks: EngineCallbacks<SampleMeasures>): Promise<EngineOutcome>;
  /** Scores every neuron for every target. Throws as {@link Engine.measure}. */
  attribute(params: AttributeParams, callbacks: EngineCallbacks<SampleAttribution>): Promise<EngineOutcome>;
  /** Samples answers to every prompt. Throws as {@link Engine.measure}; `RunError` where the model does not fit the memory. */
  sample(params: SampleParams, callbacks: EngineCallbacks<SampledPrompt>): Promise<EngineOutcome>;
  /** Ends the processes. */
  dispose(): Promise<void>;
}
