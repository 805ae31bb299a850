import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../errors.ts';
import { quotedPath } from '../../files/reading/shown.ts';
import { makeFolders, removeTree } from '../../files/writing/diskOperations.ts';
import { writeFileWhole } from '../../files/writing/stagedFile.ts';
import { writeFault } from '../../files/writing/writeFault.ts';
import { program } from '../../settings/programInfo.ts';
import { clearScript, jobScript, resumeScript } from '../slurm/jobScript.ts';
import { clearPhase, resumePhase, scriptPath } from '../slurm/sbatchArguments.ts';
import { attemptsFolder } from './attempts.ts';
import { type ClusterPhase, type ClusterPlan, type ClusterRun, holdsRun, readRun, writeRun } from './clusterRun.ts';

/* Makes the folder of a run on a cluster: its plan, a script a phase, and places for logs, attempts and proofs. */

/** A folder holds another run. */
export class AnotherRun extends InputError {}

/** What a plan is made of; the rest of it says itself. */
export type PlannedRun = Omit<ClusterPlan, 'schema' | 'version' | 'id' | 'program' | 'created'>;

/** A plan with an id of its own. */
export function planOf(planned: PlannedRun): ClusterPlan {
  return {
    schema: 'rejuvenation-cluster-run',
    version: 1,
    id: randomBytes(6).toString('hex'),
    program: program.version,
    created: new Date().toISOString(),
    ...planned,
  };
}

/** The script of one phase. */
export function scriptOf({ folder, plan }: ClusterRun, phase: ClusterPhase): string {
  const { node, environment, cli, settings } = plan;
  const commands = phase.tasks.map(({ words }) => [...phase.command, ...words]);
  return jobScript({ phase: phase.name, folder, node, environment, cli, setup: settings.setup, commands });
}

/** The script of the job that submits again what was lost. */
export function resumeScriptOf(run: ClusterRun): string {
  return resumeScript(anyScript(run, resumePhase));
}

/** The script of the job that deletes a node's local copies. */
export function clearScriptOf(run: ClusterRun): string {
  return clearScript(anyScript(run, clearPhase));
}

function anyScript({ folder, plan }: ClusterRun, phase: string) {
  const { node, environment, cli, settings } = plan;
  return { phase, folder, node, environment, cli, setup: settings.setup };
}

/**
 * Makes the run's folder, or takes the one that is there and holds the same run: the same command given again goes on
 * with it.
 *
 * @throws InputError when something else is there, or it cannot be made
 */
export async function createRun(folder: string, planned: PlannedRun): Promise<{ run: ClusterRun; found: boolean }> {
  if (await holdsRun(folder)) {
    const run = await readRun(folder);
    if (sameWork(run.plan, planned)) return { run, found: true };
    throw new AnotherRun(
      `${quotedPath(folder)} holds another run on a cluster: name another folder with --run-folder, or delete that one.`,
    );
  }
  if (/[%\\]/.test(folder)) {
    throw new InputError(
      `${quotedPath(folder)} has a % or a \\ in its path, which Slurm reads as a pattern: name another with --run-folder.`,
    );
  }
  const there = await readdir(folder).catch(() => []);
  if (there.length > 0)
    throw new InputError(`${quotedPath(folder)} is not empty: name another folder with --run-folder.`);
  const run = { folder, plan: planOf(planned) };
  try {
    // Slurm fails a job whose log has no folder, without a word.
    for (const name of ['scripts', 'logs', 'done']) await makeFolders(join(folder, name));
    await makeFolders(attemptsFolder(folder));
  } catch (error) {
    throw writeFault(error, folder);
  }
  for (const phase of run.plan.phases) {
    await writeFileWhole(join(folder, scriptPath(phase.name)), Buffer.from(scriptOf(run, phase)), true);
  }
  await writeFileWhole(join(folder, scriptPath(resumePhase)), Buffer.from(resumeScriptOf(run)), true);
  await writeRun(run);
  return { run, found: false };
}

/** Deletes the folder of a run of which Slurm took nothing. */
export async function removeRun({ folder }: ClusterRun): Promise<void> {
  await removeTree(folder);
}

/** The commands are the same, and so is where they work; resources may differ. */
function sameWork(plan: PlannedRun, other: PlannedRun): boolean {
  const work = ({ command, cwd, phases }: PlannedRun) =>
    JSON.stringify([
      command,
      cwd,
      phases.map(({ name, command: words, tasks }) => [name, words, tasks.map((task) => task.words)]),
    ]);
  return work(plan) === work(other);
}
