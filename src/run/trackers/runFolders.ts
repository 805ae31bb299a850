import { createHash } from 'node:crypto';
import type { TrackedPoint, TrackedRun } from './trackedRun.ts';

/* Names of folders and files for runs and steps, whatever text these are called by. */

const longest = 100;

/** A name that every file system takes and that leads nowhere else. */
export function safeName(text: string): string {
  const plain = text.replace(/[^A-Za-z0-9._=,+@-]+/g, '_').replace(/^\.+/, '_');
  const name = plain === '' ? '_' : plain;
  if (name.length <= longest) return name;
  return `${name.slice(0, longest - 9)}~${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
}

/** A folder for each run, unlike the others' also where capitals do not count. */
export function runFolders(runs: readonly TrackedRun[]): string[] {
  const taken = new Set<string>();
  return runs.map(({ name }) => {
    const own = safeName(name);
    let free = own;
    for (let count = 2; taken.has(free.toLowerCase()); count++) free = `${own}-${count}`;
    taken.add(free.toLowerCase());
    return free;
  });
}

/**
 * Name of the event file of a single step. TensorBoard reads the files of a folder in the order of their names, and goes on to one that
 * came after: so the step leads.
 */
export function stepFileName({ step, label }: TrackedPoint): string {
  return `events.out.tfevents.${String(step).padStart(15, '0')}.${safeName(label)}`;
}
