import type { Shard } from '../../../checkpoint/checkpoint.ts';
import type { Fault } from '../../../files/threads/fault.ts';
import type { DiffKernelSizes } from '../../../kernels/diffMemory.ts';
import type { Block, BlockSums } from '../blocks/block.ts';
import type { DiffPair } from '../blocks/blockDiffer.ts';

/* The messages between the host and a thread that compares weights, which does one comparison after the other. */

/** What a worker is started with. */
export interface DiffWorkerData {
  /** Path of the compiled kernel. */
  readonly kernel: string;
}

/** A diff to come. */
export interface DiffTask {
  readonly sizes: DiffKernelSizes;
  readonly checkpoints: readonly { readonly shards: readonly Shard[] }[];
  readonly pairs: readonly DiffPair[];
}

/** To the worker. Blocks and `close` are answered in their order. */
export type DiffRequest =
  | { readonly type: 'open'; readonly task: DiffTask }
  | { readonly type: 'block'; readonly block: Block }
  /** Lets go of the task's files and memory. */
  | { readonly type: 'close' };

/** From the worker. */
export type DiffAnswer =
  | { readonly type: 'sums'; readonly sums: readonly BlockSums[] }
  | { readonly type: 'closed' }
  /** The task is of no more use. */
  | Fault;
