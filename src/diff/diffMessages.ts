import type { Shard } from '../checkpoint/checkpoint.ts';
import type { DiffKernelSizes } from '../kernels/diffMemory.ts';
import type { Block, BlockSums } from './block.ts';
import type { DiffPair } from './blockDiffer.ts';

/* The boundary between the host and a diff worker. Requests are answered in their order. */

/** What a worker is started with. */
export interface DiffWorkerData {
  /** Path of the compiled kernel. */
  readonly kernel: string;
  readonly sizes: DiffKernelSizes;
  readonly checkpoints: readonly { readonly shards: readonly Shard[] }[];
  readonly pairs: readonly DiffPair[];
}

/** To the worker: the next block. */
export type DiffRequest = Block;

/** From the worker. */
export type DiffAnswer =
  | { readonly type: 'sums'; readonly sums: readonly BlockSums[] }
  /** An error, by its class, since classes do not cross. */
  | { readonly type: 'fault'; readonly kind: 'input' | 'run' | 'other'; readonly message: string };
