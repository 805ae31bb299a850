import type { Fault } from '../../../files/threads/fault.ts';
import type { FileContent, Span } from '../fileContent.ts';
import type { Place } from '../lane.ts';
import type { FusedPair } from '../spanFuser.ts';

/* The messages between the host and a thread that fuses weights. */

/** What a thread is started with. */
export interface FuseWorkerData {
  /** Path of the compiled kernel. */
  readonly kernel: string;
  readonly pair: FusedPair;
  readonly memory: SharedArrayBuffer;
}

/** To the thread that are answered, in their order. */
export type FuseQuestion =
  | { readonly type: 'fuse'; readonly file: number; readonly span: Span; readonly place: Place }
  | { readonly type: 'hash'; readonly file: number; readonly place: Place }
  | { readonly type: 'digest'; readonly file: number }
  | { readonly type: 'isSame'; readonly place: Place; readonly other: Place }
  | { readonly type: 'checkInputs' };

/** To the thread. */
export type FuseRequest =
  | FuseQuestion
  | { readonly type: 'begin'; readonly file: number; readonly content: FileContent }
  | { readonly type: 'forget'; readonly file: number };

/** From the thread. */
export type FuseAnswer = { readonly type: 'done'; readonly value: boolean | string | undefined } | Fault;
