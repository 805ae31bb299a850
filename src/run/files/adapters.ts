import { type MergeContext, MergedAdapters } from '../../merge/mergedAdapters.ts';
import type { RunContext } from '../progress/runContext.ts';

/* The adapters that a run opens: merged when they are needed, deleted when the command is done. */

/** Does work with adapters that are deleted after it, unless the context brings some that last longer. */
export async function usingAdapters<Result>(
  { adapters }: Pick<RunContext, 'adapters'>,
  work: (adapters: MergedAdapters) => Promise<Result>,
): Promise<Result> {
  if (adapters !== undefined) return work(adapters);
  const own = new MergedAdapters();
  try {
    return await work(own);
  } finally {
    await own.close();
  }
}

/** A merge's notes and progress as those of a run that is loading. */
export function mergeContext({ onEvent, signal }: Pick<RunContext, 'onEvent' | 'signal'>): MergeContext {
  return {
    signal,
    onNote: (text) => onEvent({ type: 'note', text }),
    onProgress: (done, total) => onEvent({ type: 'progress', phase: 'load', done, total, unit: 'bytes' }),
  };
}
