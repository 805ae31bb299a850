import { resolve } from 'node:path';
import { identityAt } from '../../files/reading/fileIdentity.ts';
import type { ClusterPhase, ClusterRun, Proof } from './clusterRun.ts';

/* Which tasks are done. Their files say so, not the queue: a job may be forgotten, or have ended well on a node that lost what it wrote. */

/** Where a task's proof lies, absolute. */
export function proofPath(folder: string, { path }: Proof): string {
  return resolve(folder, path);
}

/** Which file has the name now, in few words; undefined where none has. */
export async function fileNow(path: string): Promise<string | undefined> {
  const found = await identityAt(path);
  return found && `${found.inode}:${found.bytes}:${found.modified}`;
}

/** Whether the file is there, and not the one that was there before the run. */
export async function isProven(folder: string, proof: Proof): Promise<boolean> {
  const now = await fileNow(proofPath(folder, proof));
  return now !== undefined && now !== proof.before;
}

/** Of each phase, by name, which of its tasks are done. */
export type DoneTasks = ReadonlyMap<string, readonly boolean[]>;

/**
 * Looks at all files. A phase that others follow is done as well when one of those is begun to be proven whole: what
 * merges partials deletes them.
 */
export async function doneTasks({ folder, plan }: ClusterRun): Promise<DoneTasks> {
  const done = new Map<string, readonly boolean[]>();
  for (const phase of plan.phases) {
    done.set(phase.name, await Promise.all(phase.tasks.map(({ proof }) => isProven(folder, proof))));
  }
  for (const phase of [...plan.phases].reverse()) {
    if (!done.get(phase.name)!.every(Boolean)) continue;
    for (const before of phasesBefore(phase, plan.phases))
      done.set(
        before.name,
        before.tasks.map(() => true),
      );
  }
  return done;
}

/** The phases that must be done before one, and those before them. */
function phasesBefore(phase: ClusterPhase, phases: readonly ClusterPhase[]): readonly ClusterPhase[] {
  const direct = phases.filter(({ name }) => phase.after.includes(name));
  return direct.flatMap((each) => [each, ...phasesBefore(each, phases)]);
}

/** Whether all tasks of a phase are done. */
export function isDone(done: DoneTasks, phase: string): boolean {
  return done.get(phase)?.every(Boolean) ?? false;
}
