import { indexRanges } from './indexRanges.ts';
import { jobName } from './jobName.ts';
import type { SlurmSettings } from './slurmSettings.ts';

/*
 * The arguments of one `sbatch`. They go to the program as a list, never through a shell, and hold no path: jobs are
 * submitted from the run's folder, and name script and log in it.
 */

/** One job array. */
export interface ArrayRequest {
  /** The run's id. */
  readonly run: string;
  readonly phase: string;
  /** Task of the phase that index 0 stands for. */
  readonly offset: number;
  /** Indices of the array, from 0 on: tasks less `offset`. */
  readonly indices: readonly number[];
  /** Jobs or tasks (`12`, `12_3`) that must end well before. */
  readonly after: readonly string[];
  /** It runs models, and gets GPUs where they are asked for. */
  readonly model: boolean;
}

/** Seconds before its time limit in which a task hears of it, finishes the sample at hand and queues again. */
const graceSeconds = 120;

/** The job that submits again what was lost has a script and a log like a phase's; no phase has its name. */
export const resumePhase = 'resume';
/** So has the one that deletes a node's local copies. */
export const clearPhase = 'clear';
/** They do little and end: minutes and mebibytes that every partition gives. */
const smallMinutes = 10;
const smallMemory = '500M';
/** A job for a node that does not come back in this time is dropped by Slurm. */
const clearDeadline = 'now+1day';

/** Where a phase's script lies in the run's folder. */
export const scriptPath = (phase: string) => `scripts/${phase}.sh`;

/**
 * Where a task's log lies in the run's folder: `logs/base-3.log`, in arrays after the first `logs/base-1000+3.log`.
 *
 * @param index in the array
 */
export function logPath(phase: string, offset: number, index: number | '%a'): string {
  return `logs/${phase}-${offset === 0 ? '' : `${offset}+`}${index}.log`;
}

function option(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`--${name}=${value}`];
}

/** What all jobs of a run are given first. */
function commonArguments({ run, phase, offset }: Pick<ArrayRequest, 'run' | 'phase' | 'offset'>, array: string) {
  return [
    '--parsable',
    `--job-name=${jobName({ run, phase, offset })}`,
    `--array=${array}`,
    `--output=${logPath(phase, offset, '%a')}`,
    '--open-mode=append',
    '--requeue',
    `--signal=B:USR2@${graceSeconds}`,
    '--ntasks=1',
  ];
}

/** Where jobs go, and who pays. */
function placeArguments({ partition, account, qos }: SlurmSettings) {
  return [...option('partition', partition), ...option('account', account), ...option('qos', qos)];
}

/**
 * All that follows the word `sbatch`, for the job that waits until others have ended, however they did.
 *
 * @param after job arrays
 */
export function resumeArguments(run: string, after: readonly string[], settings: SlurmSettings): string[] {
  return [
    ...commonArguments({ run, phase: resumePhase, offset: 0 }, '0'),
    `--dependency=afterany:${after.join(':')}`,
    ...placeArguments(settings),
    ...smallArguments(settings),
    ...option('constraint', settings.constraint),
    ...settings.sbatchArgs,
    ...[scriptPath(resumePhase), '0'],
  ];
}

function smallArguments({ sbatchArgs }: SlurmSettings): string[] {
  // Slurm takes one way to ask for memory.
  const memory = sbatchArgs.some((word) => word.startsWith('--mem')) ? [] : [`--mem=${smallMemory}`];
  return [`--time=${smallMinutes}`, '--cpus-per-task=1', ...memory];
}

/** All that follows the word `sbatch`, for the job that deletes the local copies of one node. */
export function clearArguments(run: string, node: string, settings: SlurmSettings): string[] {
  return [
    ...commonArguments({ run, phase: clearPhase, offset: 0 }, '0'),
    ...placeArguments(settings),
    ...smallArguments(settings),
    ...settings.sbatchArgs,
    ...[`--nodelist=${node}`, `--deadline=${clearDeadline}`],
    ...[scriptPath(clearPhase), '0'],
  ];
}

/** All that follows the word `sbatch`. */
export function sbatchArguments(
  { run, phase, offset, indices, after, model }: ArrayRequest,
  settings: SlurmSettings,
): string[] {
  const throttle = settings.parallel === undefined ? '' : `%${settings.parallel}`;
  return [
    ...commonArguments({ run, phase, offset }, `${indexRanges(indices)}${throttle}`),
    ...(after.length === 0 ? [] : [`--dependency=afterok:${after.join(':')}`, '--kill-on-invalid-dep=yes']),
    ...placeArguments(settings),
    ...option('time', settings.time),
    ...option('cpus-per-task', settings.cpusPerTask),
    ...option('mem', settings.mem),
    ...option('constraint', settings.constraint),
    ...(model ? option('gpus-per-task', settings.gpusPerTask) : []),
    ...settings.sbatchArgs,
    scriptPath(phase),
    String(offset),
  ];
}
