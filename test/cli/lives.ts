import { execFileSync } from 'node:child_process';

/** The letter of a process's state, as `ps` gives it; undefined when there is no such process. */
function state(pid: number): string | undefined {
  try {
    return execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
      .trim()
      .charAt(0);
  } catch {
    return undefined;
  }
}

/** Whether a process is there and has not ended: orphans keep their numbers where nobody asks how they ended. */
export function lives(pid: number): boolean {
  const now = state(pid);
  return now !== undefined && now !== 'Z';
}

/** Whether it stands still by a signal. */
export function stands(pid: number): boolean {
  return state(pid) === 'T';
}
