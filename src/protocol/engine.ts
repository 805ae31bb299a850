import { NotificationType, ParameterStructures, RequestType } from 'vscode-jsonrpc';
import type { SampleAttribution, Target } from '../method/attribution.ts';
import type { Responses } from '../method/responseRows.ts';
import type { SamplingOptions } from '../sampling/samplingOptions.ts';
import type { Device } from '../settings/devices.ts';
import type { Precision, ProductForm } from '../settings/precision.ts';
import type { WeightForm, WeightStorage } from '../settings/weightStorage.ts';

/*
 * The boundary between the host (command line, extension) and the engine process, which owns every ONNX Runtime
 * session. JSON-RPC over Node's IPC with the `advanced` serialization, so typed arrays travel as they are.
 */

/** What trying a device gave: usable, or the reason why not. */
export interface DeviceProbe {
  readonly device: Device;
  readonly available: boolean;
  /** Why it is not available, in one sentence; empty when it is. */
  readonly reason: string;
}

/** A sample as the engine needs it. */
export interface TokenSample {
  /** The caller's name for the sample; returned with its results. */
  readonly index: number;
  readonly ids: Uint32Array;
  readonly responses: Responses;
}

/** The checkpoint whose rows of embedding and head complete those of another (docs/pairs.md). */
export interface Completion {
  /** Its folder. */
  readonly checkpoint: string;
  /** Rows that both have and that are taken from it all the same, ascending. */
  readonly kept: readonly number[];
}

export interface MeasureParams {
  /** Checkpoint folder. */
  readonly checkpoint: string;
  /** A base is measured with the SFT's vocabulary. */
  readonly completion?: Completion | undefined;
  readonly samples: readonly TokenSample[];
  /**
   * The first sample to work on; those before it are finished. They are named all the same, so that a resumed run is cut
   * to fit the memory budget just as the first was, and ends with the same numbers. For the same reason every process of
   * a pool is given all samples, and asks for those it works on ({@link dealRequest}).
   */
  readonly firstSample: number;
  /** The first sample that is not to be worked on any more, in a shard of a run; when left out, none is. */
  readonly endSample?: number | undefined;
  /** How many of the most likely tokens to keep at every response row. */
  readonly topTokens: number;
}

/** Teacher-forced measures of one sample at its response rows. All arrays have one entry a row, unless said. */
export interface SampleMeasures {
  readonly index: number;
  /** Entropy of the next-token distribution, nats. */
  readonly entropy: Float32Array;
  /** Probability of the most likely token. */
  readonly top1Probability: Float32Array;
  /** Negative log-likelihood of the gold token, nats. */
  readonly negativeLogLikelihood: Float32Array;
  /** `[rows, topTokens]`, most likely first. */
  readonly topIds: Int32Array;
  /** `[rows, topTokens]`. */
  readonly topProbabilities: Float32Array;
}

export interface AttributeParams {
  /** Folder of the SFT checkpoint. */
  readonly checkpoint: string;
  readonly samples: readonly (TokenSample & {
    /** Ascending by row. */
    readonly targets: readonly Target[];
    /** Index of the sample's first target among all targets of the run. */
    readonly firstTarget: number;
  })[];
  /** As in {@link MeasureParams}. */
  readonly firstSample: number;
  readonly endSample?: number | undefined;
  /** Ranks are kept below this many: `floor(rhoMax * neurons)`, at least 1. */
  readonly rankLimit: number;
  /** Where to write every target's scores, row after row `[targets, neurons]` F32, if wanted. */
  readonly scores?: { readonly path: string; readonly dataStart: number };
}

export interface SampleParams {
  /** Checkpoint folder. */
  readonly checkpoint: string;
  readonly completion?: Completion | undefined;
  /** The prompts. Their indices are part of what random numbers are made from. */
  readonly samples: readonly Pick<TokenSample, 'index' | 'ids'>[];
  /** As in {@link MeasureParams}. */
  readonly firstSample: number;
  readonly endSample?: number | undefined;
  readonly options: SamplingOptions;
}

/** An answer as it was sampled. */
export interface SampledAnswer {
  /** The stop token included. */
  readonly tokens: Int32Array;
  /** Of each token under the distribution at temperature 1 without top-p, whatever it was drawn with; nats. */
  readonly logProbabilities: Float32Array;
  /** Of the same distribution, nats. */
  readonly entropies: Float32Array;
  /** `stop`: by a stop token; `length`: it may not be longer, or the model cannot take more. */
  readonly finish: 'stop' | 'length';
}

/** The answers to one prompt. */
export interface SampledPrompt {
  readonly index: number;
  readonly answers: readonly SampledAnswer[];
}

/** How the engine cuts the work to fit the memory budget. */
export interface EnginePlan {
  readonly segments: number;
  readonly layersPerSegment: number;
  /** Samples whose activations are held at a time. */
  readonly samplesPerGroup: number;
  /** Targets attributed in one run. */
  readonly targetsPerBatch: number;
  /** Most rows of a forward run that samples share, each counted as long as the longest; 0 where none is shared. */
  readonly forwardRows: number;
  readonly weights: WeightForm;
  readonly estimate: {
    /** Most memory that a process will hold, bytes. */
    readonly memoryBytes: number;
    /** Most that waits in a scratch file, bytes. */
    readonly scratchBytes: number;
    /** How many times all layers' weights are loaded, by all processes together. */
    readonly weightPasses: number;
    readonly flops: number;
  };
}

/** The plan that held to the end, and what it took. */
export interface EngineOutcome extends EnginePlan {
  /** Most memory that a process held while it worked on the request, bytes resident. */
  readonly peakBytes: number;
}

/** Samples of a request that share their forward runs: positions `from` up to, not including, `to`. */
export interface SampleBatch {
  readonly from: number;
  readonly to: number;
}

/** A process's plan, and the batches it makes of the request's samples, which are dealt in whole batches. */
export interface PlannedWork {
  readonly plan: EnginePlan;
  readonly batches: readonly SampleBatch[];
  /** SHA-256 of all in the plan that decides last bits: two requests cut alike give the same numbers. */
  readonly cut: string;
}

export interface EngineProgress {
  readonly activity: 'load' | 'forward' | 'backward';
  /** Steps this process has done, and those of the whole request; a step is one sample through one segment. */
  readonly done: number;
  readonly total: number;
}

export interface StartParams {
  readonly device: Device;
  readonly memoryBytes: number;
  /** Threads of the CPU device; 0 takes one a core. How products are cut among them decides the last bits. */
  readonly threads: number;
  /** Threads that wait for work keep their core busy: faster when they have the cores to themselves. */
  readonly spinning: boolean;
  /** `auto` when left out. */
  readonly weights?: WeightStorage;
  /** `exact` when left out. */
  readonly precision?: Precision;
  /** In tests and benches: products are computed as `precision` asks on units of this kind, emulated on any device. */
  readonly units?: EmulatedUnits;
  /** In tests and benches: the device ranks what it scores, or the host does. */
  readonly ranking?: 'device' | 'host';
}

/** Units for products that can be emulated: TF32's that cut off bits or round, and bfloat16's. */
export type EmulatedUnits = 'tf32Cut' | 'tf32Rounded' | 'bfloat16';

/** What starting an engine gave. */
export interface StartAnswer extends DeviceProbe {
  readonly runtimeVersion: string;
  /** How it computes products. */
  readonly products: ProductForm;
}

/** JSON-RPC error codes of the engine's own errors. */
export const engineErrors = { input: 1, run: 2, cancelled: 3 } as const;

/** Loads the runtime and tries the device; the engine then stays on it. Answers the probe, available or not. */
export const startRequest = new RequestType<StartParams, StartAnswer, void>('start', ParameterStructures.byName);
/**
 * Measures the samples dealt ({@link dealRequest}) until none are left. Results arrive as {@link measuredRequest}, one a
 * sample in the order dealt, before the answer.
 */
export const measureRequest = new RequestType<MeasureParams, EngineOutcome, void>(
  'measure',
  ParameterStructures.byName,
);
/** As {@link measureRequest}; results arrive as {@link attributedRequest}. */
export const attributeRequest = new RequestType<AttributeParams, EngineOutcome, void>(
  'attribute',
  ParameterStructures.byName,
);
/** As {@link measureRequest}; results arrive as {@link sampledRequest}, one a prompt with all its answers. */
export const sampleRequest = new RequestType<SampleParams, EngineOutcome, void>('sample', ParameterStructures.byName);
/**
 * The engine's question for its next samples: positions in the request's samples, ascending. Answered once there are
 * some, and with none when every sample is finished, by whichever process.
 */
export const dealRequest = new RequestType<{ readonly atMost: number }, readonly number[], void>(
  'deal',
  ParameterStructures.byName,
);
/** A finished sample; answered once the host has room for the next. */
export const measuredRequest = new RequestType<SampleMeasures, null, void>('measured', ParameterStructures.byName);
export const attributedRequest = new RequestType<SampleAttribution, null, void>(
  'attributed',
  ParameterStructures.byName,
);
export const sampledRequest = new RequestType<SampledPrompt, null, void>('sampled', ParameterStructures.byName);
export const progressNotification = new NotificationType<EngineProgress>('progress');
/** How the process will work, before it does; again when it has to change its plan. */
export const plannedNotification = new NotificationType<PlannedWork>('planned');
/** Something the user should know, in a sentence. */
export const notedNotification = new NotificationType<string>('noted');
