import type { Fault } from '../../files/threads/fault.ts';
import type { Place } from '../linePlace.ts';
import type { EncodedPrompts, Prompt, PromptOptions } from '../prompt.ts';
import type { CalibrationSample } from '../sample.ts';
import type { SampleFindings, SampleOptions } from '../samples.ts';

/* The boundary between the host and the process that tokenises, and between that process's two threads. */

/** What a process is started for. */
export type TokenizerTask =
  | { readonly type: 'calibration'; readonly options: SampleOptions }
  | { readonly type: 'texts'; readonly tokenizerPath: string; readonly ids: Uint32Array }
  | { readonly type: 'runs'; readonly tokenizerPath: string; readonly runs: readonly Uint32Array[] }
  | { readonly type: 'prompts'; readonly options: PromptOptions; readonly prompts: readonly Prompt[] }
  | { readonly type: 'answers'; readonly tokenizerPath: string; readonly runs: readonly Uint32Array[] };

/** To the process, once. */
export interface TokenizerRequest {
  readonly task: TokenizerTask;
  /** Longest time that one line may take, milliseconds. */
  readonly lineLimitMs: number;
}

/** What the worker is started with. */
export interface TokenizerWorkerData {
  readonly task: TokenizerTask;
  /** Of the `LinePlace`. */
  readonly place: SharedArrayBuffer;
  /** 4 bytes; 1 once the host was told the place that was sent last. */
  readonly told: SharedArrayBuffer;
}

/** What is found, in parts. */
export type TokenizerAnswer =
  | { readonly type: 'samples'; readonly samples: readonly CalibrationSample[] }
  | { readonly type: 'findings'; readonly findings: SampleFindings }
  | { readonly type: 'prompts'; readonly encoded: EncodedPrompts }
  /** In the order of the ids, or of the runs. */
  | { readonly type: 'texts'; readonly texts: readonly string[] };

/** From the worker to the process, and on to the host. `done` or `fault` is the last. */
export type TokenizerOutcome =
  | { readonly type: 'answer'; readonly answer: TokenizerAnswer }
  | { readonly type: 'done' }
  /** What is worked on next, or was; the worker goes on when the host was told. */
  | { readonly type: 'place'; readonly place: Place }
  | Fault;

/** From the process to the host. The host ends it after `slow` and `outOfMemory` too. */
export type TokenizerMessage =
  | TokenizerOutcome
  /** How far the file is read, bytes. */
  | { readonly type: 'progress'; readonly done: number; readonly total: number }
  /** A row took longer than it may, or opening a file did, when the row's number is 0. */
  | { readonly type: 'slow'; readonly place: Place }
  /** The row's number is 0 while none is being tokenised. */
  | { readonly type: 'outOfMemory'; readonly place: Place };
