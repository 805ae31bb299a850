import { setTimeout } from 'node:timers/promises';
import { InputError, Interrupted, RunError } from '../../errors.ts';
import { goneVariable, processName, thisProcess } from '../../files/locks/owner.ts';
import { writeFileWhole } from '../../files/writing/stagedFile.ts';
import { clusterRunVariable } from '../../run/staging/copiesFolder.ts';
import { type Attempt, type AttemptKey, keepAttempt, readAttempts } from '../run/attempts.ts';
import { clearCopies } from '../run/clearCopies.ts';
import { type ClusterPhase, type ClusterRun, type ClusterTask, readRun } from '../run/clusterRun.ts';
import { readState } from '../run/clusterState.ts';
import { doneTasks, isDone, isProven, proofPath } from '../run/proofs.ts';
import { endResumeJobs } from '../run/resumeJob.ts';
import { queueOf, requeue } from '../slurm/slurm.ts';
import { jobNamesOf } from '../status/lookAt.ts';
import { isSpent, triesOf } from '../status/tries.ts';
import { type CommandProcess, type Ended, startCommand } from './commandProcess.ts';
import { type JobEnvironment, jobEnvironment } from './jobEnvironment.ts';

/*
 * One task of a run on a cluster, inside its job: runs the task's command, keeps how it ended, and has the job queued again
 * where that helps. A task which queues itself again before it ends keeps the phases after it waiting.
 */

/** What a task's process works with. */
export interface TaskContext {
  /** Aborts when the job is to end: cancelled, preempted, its node drained. */
  readonly stopped: AbortSignal;
  /** Aborts when the job's time is nearly up. */
  readonly limit: AbortSignal;
  say(text: string): void;
}

/** In this time all processes of a job hear that it ends, ms. */
const telling = 1000;

/** Exit codes of commands that ended as they should: 3 is a verdict, not a failure. */
const good = new Set<number | undefined>([0, 3]);

/**
 * Runs the task that this job is for; nothing where it is done already.
 *
 * @param folder the run's
 * @param offset task of the array's index 0
 * @throws InputError for a damaged run, or where what the task needs is missing; RunError when the task failed; Interrupted
 *   when it was stopped, or is queued again
 */
export async function runTask(folder: string, phaseName: string, offset: number, context: TaskContext): Promise<void> {
  const job = jobEnvironment(process.env);
  const run = await readRun(folder);
  const index = offset + job.arrayIndex;
  const phase = run.plan.phases.find(({ name }) => name === phaseName);
  const task = phase?.tasks[index];
  if (phase === undefined || task === undefined) {
    throw new InputError(`The run "${folder}" has no task ${index} of a phase "${phaseName}".`);
  }
  context.say(
    `Task ${index} of ${phase.name}, job ${job.job}${again(job)}, on ${job.node}, ${new Date().toISOString()}`,
  );
  const state = await readState(folder);
  if (state.cancelled) throw new Interrupted('The run was cancelled.');
  if (await isProven(folder, task.proof)) {
    context.say('It is done already.');
    return;
  }
  const key = { phase: phase.name, index, job: job.job, restart: job.restart };
  const begun: Attempt = { round: state.round, array: job.array, node: job.node, began: new Date().toISOString() };
  await keepAttempt(folder, key, begun);
  await refuseEarly(run, phase, key, begun);
  const gone = await processesBefore(run.folder, key);
  const { plan } = run;
  const words = [plan.cli, ...phase.command, ...task.words];
  const variables = { [clusterRunVariable]: plan.id, ...(gone === '' ? {} : { [goneVariable]: gone }) };
  const command = startCommand(plan.node, words, plan.cwd, variables);
  const { hardware, boot } = thisProcess();
  const { pid } = command;
  const running = pid === undefined ? begun : { ...begun, process: processName({ hardware, boot, pid }) };
  await keepAttempt(run.folder, key, running);
  await report(run, task, key, running, await endOf(command, context), context);
}

const again = ({ restart }: JobEnvironment) => (restart === 0 ? '' : `, queued again ${restart} times`);

/** `afterok` of a job that Slurm has forgotten counts as met: the files say whether it is. */
async function refuseEarly(run: ClusterRun, phase: ClusterPhase, key: AttemptKey, begun: Attempt): Promise<void> {
  const done = await doneTasks(run);
  const missing = phase.after.filter((name) => !isDone(done, name));
  if (missing.length === 0) return;
  await keepAttempt(run.folder, key, { ...begun, ended: new Date().toISOString(), outcome: 'early' });
  throw new InputError(
    `Not all tasks of ${missing.join(' and ')} are done, which ${phase.name} needs: resume the run.`,
  );
}

/**
 * The commands of earlier attempts at the task, which Slurm has given up by now: of what they hold on a node that died nobody
 * could ask otherwise whether they still hold it.
 */
async function processesBefore(folder: string, { phase, index, job, restart }: AttemptKey): Promise<string> {
  const attempts = await readAttempts(folder, { phase, index });
  const before = attempts.filter((each) => each.job !== job || each.restart < restart);
  return before.flatMap(({ attempt }) => attempt.process ?? []).join(' ');
}

function endOf(command: CommandProcess, { stopped, limit }: TaskContext): Promise<Ended> {
  const either = AbortSignal.any([stopped, limit]);
  const stop = () => command.stop();
  if (either.aborted) stop();
  either.addEventListener('abort', stop, { once: true });
  return command.ended;
}

async function report(
  run: ClusterRun,
  { proof }: ClusterTask,
  key: AttemptKey,
  begun: Attempt,
  { exitCode, signal }: Ended,
  { stopped, limit, say }: TaskContext,
): Promise<void> {
  const { folder } = run;
  const close = (outcome: Attempt['outcome']) =>
    keepAttempt(folder, key, { ...begun, ended: new Date().toISOString(), outcome, exitCode, signal });
  if (good.has(exitCode)) {
    if (proof.marker === true) await writeFileWhole(proofPath(folder, proof), Buffer.from('done\n'), true);
    if (await isProven(folder, proof)) {
      await close('done');
      return endRun(run, say);
    }
    say(`The command ended well, but ${proofPath(folder, proof)} is not there.`);
  }
  // A job's processes are all told to end, in any order: the command may have been first.
  if (!stopped.aborted) await setTimeout(telling, undefined, { signal: stopped }).catch(() => undefined);
  if (stopped.aborted) {
    await close('stopped');
    throw new Interrupted('The task was stopped; what is finished of it is kept.');
  }
  await close(limit.aborted ? 'limit' : 'failed');
  const how = signal === undefined ? `with exit code ${exitCode}` : `by ${signal}`;
  const ended = limit.aborted ? 'Its time was nearly up' : `Its command ended ${how}`;
  if (!(await mayTryAgain(run, key))) throw new RunError(`${ended}, and it is not tried again.`);
  if (!(await requeue(key.job))) throw new RunError(`${ended}, and Slurm does not queue the job again.`);
  say(`${ended}: the job is queued again.`);
  // Slurm ends this process now.
  await setTimeout(60_000, undefined, { signal: stopped }).catch(() => undefined);
  throw new Interrupted('Queued again.');
}

/** Where all is done: ends the job that waits for the others, which would have nothing to do, and has local copies deleted. */
async function endRun(run: ClusterRun, say: TaskContext['say']): Promise<void> {
  const done = await doneTasks(run);
  if (!run.plan.phases.every(({ name }) => isDone(done, name))) return;
  try {
    const queue = await queueOf(run.plan.id, jobNamesOf(run));
    await endResumeJobs(queue);
    const refused = await clearCopies(run, queue);
    if (refused !== undefined) say(`Local copies stay on nodes: ${refused}`);
  } catch (error) {
    // The job that waits then starts, and ends.
    say(`The run is done, but its last jobs were not looked after: ${error instanceof Error ? error.message : error}`);
  }
}

/** Not where it failed as often as it may, was cancelled, or a later attempt is at work: that one would be stopped. */
async function mayTryAgain({ folder }: ClusterRun, { phase, index, job, restart }: AttemptKey): Promise<boolean> {
  const { round, cancelled } = await readState(folder);
  if (cancelled) return false;
  const attempts = await readAttempts(folder, { phase, index });
  const last = attempts.at(-1);
  const newest = last === undefined || (last.job === job && last.restart === restart);
  return newest && !isSpent(triesOf({ attempts, submitted: [], round, live: true }));
}
