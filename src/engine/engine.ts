import type {
  AttributeParams,
  Device,
  DeviceProbe,
  EnginePlan,
  EngineProgress,
  MeasureParams,
  SampleAttribution,
  SampleMeasures,
} from '../protocol/engine.ts';

/** What the caller hears while the engine works. */
export interface EngineCallbacks<Result> {
  /** A sample is finished. Called in the order of the samples. */
  onSample(result: Result): void;
  onProgress?(progress: EngineProgress): void;
  readonly signal?: AbortSignal | undefined;
}

/** The host's handle on the engine process. One request at a time. */
export interface Engine {
  readonly device: Device;
  /** Devices tried before the one taken, and why each was not. */
  readonly refused: readonly DeviceProbe[];
  readonly runtimeVersion: string;
  /** Teacher-forces every sample. Throws `Interrupted` on abort, `RunError` when the process dies, `InputError` for bad input. */
  measure(params: MeasureParams, callbacks: EngineCallbacks<SampleMeasures>): Promise<EnginePlan>;
  /** Scores every neuron for every target. Throws as {@link Engine.measure}. */
  attribute(params: AttributeParams, callbacks: EngineCallbacks<SampleAttribution>): Promise<EnginePlan>;
  /** Ends the process. */
  dispose(): Promise<void>;
}
