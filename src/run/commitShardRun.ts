import { resolve } from 'node:path';
import type { CommittedFile } from '../commit/commitOptions.ts';
import { type CommitPart, partName } from '../commit/parts/commitPart.ts';
import { writePart } from '../commit/parts/writePart.ts';
import { CommitPhases } from './commit/commitPhases.ts';
import { type CommitRequest, commitPins, prepareCommit } from './commit/preparedCommit.ts';
import { weightDtype } from './committedDtype.ts';
import { usingAdapters } from './files/adapters.ts';
import type { RunContext } from './progress/runContext.ts';
import { refuseInside } from './shards/shardFolder.ts';

/* Writes one part of a checkpoint's weight files, for several machines that share a file system. */

export interface CommitShardOptions extends CommitRequest {
  readonly part: CommitPart;
  /** Folder that the parts share. */
  readonly partials: string;
  readonly workers?: number | undefined;
}

export interface CommittedPart {
  /** The part's own file, which says that all of its weight files are whole; absolute. */
  readonly path: string;
  readonly files: readonly CommittedFile[];
}

/**
 * Writes one part. Stopped, it keeps the files that are whole; the same call goes on with the next.
 *
 * @throws InputError for bad input, or a folder that holds the parts of another commit
 * @throws RunError when an input changes or a file reads back otherwise; Interrupted on abort
 */
export async function commitShardRun(
  options: CommitShardOptions,
  context: Pick<RunContext, 'onEvent' | 'signal' | 'adapters'>,
): Promise<CommittedPart> {
  const { part, out, overwrite, workers, dtype } = options;
  const { onEvent, signal, adapters: shared } = context;
  const folder = resolve(options.partials);
  return usingAdapters(context, async (adapters) => {
    const prepared = await prepareCommit(options, adapters, { onEvent, signal }, shared === undefined);
    const { pair, alpha, selected } = prepared;
    await refuseInside(folder, [pair.base.folder, pair.sft.folder, out]);
    const phases = new CommitPhases(onEvent);
    const files = await writePart({
      ...{ pair, alpha, out, overwrite, workers, part, folder, signal },
      dtype: weightDtype(dtype),
      resetSet: selected,
      pins: commitPins(prepared, dtype),
      onProgress: phases.onProgress,
    });
    phases.end();
    return { path: resolve(folder, partName(part)), files };
  });
}
