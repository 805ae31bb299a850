import { execFile } from 'node:child_process';
import { InputError, RunError } from '../../errors.ts';
import { errorCode } from '../../files/reading/fileFault.ts';
import { shortened } from '../../files/reading/shown.ts';
import { parseQueue, type QueuedTask, queueFormat } from './queue.ts';

/* Slurm's own programs, called with lists of arguments: the only place where they are. */

/** A busy controller answers late, ms. */
const patience = 120_000;
/** A queue of 100,000 tasks has some 10 MB. */
const mostBytes = 256e6;

interface Said {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** What a job says of its own GPUs: it would pass that on to jobs that it submits. */
const deviceVariables = ['CUDA_VISIBLE_DEVICES', 'GPU_DEVICE_ORDINAL', 'HIP_VISIBLE_DEVICES', 'ROCR_VISIBLE_DEVICES'];

/** The environment without what another job left in it, which `sbatch` would take for wishes. */
function environment(): NodeJS.ProcessEnv {
  const kept = /^SLURM_(CONF|CONF_SERVER|CLUSTERS|TIME_FORMAT|DEBUG)$/;
  const inJob = process.env['SLURM_JOB_ID'] !== undefined;
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => (!name.startsWith('SLURM_') || kept.test(name)) && !(inJob && deviceVariables.includes(name)),
    ),
  );
}

function call(program: string, args: readonly string[], cwd?: string): Promise<Said> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: environment(), timeout: patience, maxBuffer: mostBytes };
    execFile(program, args, options, (error, out, err) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === 'number') resolve({ status: code, out, err });
      else if (errorCode(error) === 'ENOENT') reject(missing(program));
      else reject(new RunError(`Slurm's ${program} did not answer: ${sentence(err || String(error?.message))}`));
    });
  });
}

function missing(program: string): InputError {
  return new InputError(
    `Slurm's program "${program}" was not found: give the command where Slurm is, for example on the cluster's login node.`,
  );
}

/** What a program of Slurm's said, on one line. */
function sentence(err: string): string {
  const line = shortened(
    err
      .split('\n')
      .map((each) => each.trim().replace(/^(sbatch|squeue|scancel|scontrol): (error: )?/, ''))
      .filter((each) => each !== '')
      .join('; '),
    500,
  );
  if (line === '') return 'it gave no reason.';
  return /[.!?]$/.test(line) ? line : `${line}.`;
}

/**
 * Submits one job array.
 *
 * @param args as `sbatchArguments` gives them
 * @param cwd the run's folder, absolute
 * @returns the job's number
 * @throws InputError with Slurm's own sentence when it refuses; RunError when it does not answer
 */
export async function submit(args: readonly string[], cwd: string): Promise<string> {
  const { status, out, err } = await call('sbatch', args, cwd);
  const job = /^(\d+)(;.*)?$/.exec(out.trim())?.[1];
  if (status !== 0) throw new InputError(`Slurm refused the job: ${sentence(err)}`);
  if (job === undefined)
    throw new RunError(`Slurm's sbatch answered ${JSON.stringify(shortened(out, 200))}, no number.`);
  return job;
}

/**
 * The run's tasks that Slurm still knows, those of ended jobs for some minutes.
 *
 * @param names of its jobs
 * @throws RunError when the queue cannot be read
 */
export async function queueOf(run: string, names: readonly string[]): Promise<readonly QueuedTask[]> {
  if (names.length === 0) return [];
  const args = ['-h', '-r', '--me', '-t', 'all', `--name=${names.join(',')}`, '-o', queueFormat];
  const { status, out, err } = await call('squeue', args);
  if (status !== 0) throw new RunError(`Slurm's queue cannot be read: ${sentence(err)}`);
  return parseQueue(out, run);
}

/** Cancels jobs or tasks, whatever became of them meanwhile. @throws RunError when Slurm does not answer */
export async function cancelJobs(ids: readonly string[]): Promise<void> {
  // A command line has an end.
  for (let at = 0; at < ids.length; at += 500) await call('scancel', ['-Q', ...ids.slice(at, at + 500)]);
}

/** Puts a job back into the queue. @returns whether Slurm did */
export async function requeue(id: string): Promise<boolean> {
  const { status } = await call('scontrol', ['requeue', id]).catch(() => ({ status: 1 }));
  return status === 0;
}

/** Indices that an array may have at most: `MaxArraySize`, 1001 where it cannot be told. */
export async function largestArray(): Promise<number> {
  const { out } = await call('scontrol', ['show', 'config']);
  const size = Number(/^MaxArraySize\s*=\s*(\d+)/m.exec(out)?.[1] ?? 1001);
  return Math.max(1, size);
}
