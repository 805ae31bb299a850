import type { ClusterPhase } from '../run/clusterRun.ts';

/* A command that is not cut into shards: one task. Pure. */

export interface SingleWork {
  readonly name: string;
  /** The whole command, without the program. */
  readonly command: readonly string[];
  readonly after: readonly string[];
  readonly model: boolean;
  /** A file that the command makes, absolute, and what has its name now; undefined: that it ended well is proof enough. */
  readonly makes?: { readonly path: string; readonly before: string | undefined };
}

export function singlePhase({ name, command, after, model, makes }: SingleWork): ClusterPhase {
  const proof = makes ?? { path: `done/${name}`, marker: true };
  return { name, after, model, command, tasks: [{ words: [], proof }] };
}
