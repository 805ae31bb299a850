import type { ChildProcess } from 'node:child_process';

/* When a process has ended, and what it said at the last has been read. */

/** How a process ended: one of the two. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What a process has written comes at once; a process of its own that still holds its pipe is not waited for, milliseconds. */
const usualGraceMs = 1000;

/**
 * The end of a process, once its pipes are read to their ends: Node tells of the end itself as soon as the system does, which may be
 * before it has read why.
 *
 * @param graceMs how long the pipes may stay open after the end
 */
export function endOfProcess(child: ChildProcess, graceMs = usualGraceMs): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      const tell = () => {
        clearTimeout(timer);
        resolve({ code, signal });
      };
      const timer = setTimeout(tell, graceMs);
      child.once('close', tell);
    });
  });
}
