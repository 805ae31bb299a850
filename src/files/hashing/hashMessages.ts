import type { InputKind } from '../reading/inputKind.ts';
import type { HashedInput } from '../reading/readInput.ts';

/* The messages between the host and a thread that hashes files, one after the other. */

/** To the worker. */
export interface HashRequest {
  readonly path: string;
  readonly kind: InputKind;
}

/** From the worker, one for each request in their order. */
export type HashAnswer =
  | { readonly type: 'hashed'; readonly hashed: HashedInput }
  /** An error, by its class, since classes do not cross. */
  | { readonly type: 'fault'; readonly kind: 'input' | 'changed' | 'run' | 'other'; readonly message: string };
