import { type Command, InvalidArgumentError, Option } from 'commander';
import { type SlurmSettings, usualShards } from '../../../cluster/slurm/slurmSettings.ts';
import { InputError } from '../../../errors.ts';
import { collected, countArgument } from '../options/options.ts';
import { listenForOptions, type WrittenOptions } from '../recipe/writtenOptions.ts';

/* The options by which a command runs on a Slurm cluster. */

/** As commander gives them. */
export interface SlurmOptions {
  readonly slurm?: true;
  readonly shards?: number;
  readonly parallel?: number;
  readonly partition?: string;
  readonly account?: string;
  readonly qos?: string;
  readonly time?: string;
  readonly gpusPerTask?: string;
  readonly cpusPerTask?: number;
  readonly mem?: string;
  readonly constraint?: string;
  readonly arrayLimit?: number;
  readonly sbatchArg?: readonly string[];
  readonly setup?: readonly string[];
  readonly runFolder?: string;
  readonly dryRun?: true;
  readonly wait?: true;
}

/** Heading of these options in help. */
export const slurmGroup = 'On a Slurm cluster:';

/** One word that Slurm reads; what it means, Slurm says. */
function slurmWord(text: string): string {
  if (text === '' || /[\p{Cc}\s]/u.test(text)) throw new InvalidArgumentError('It must be one word.');
  return text;
}

function slurmOptions(sharded: boolean): readonly Option[] {
  const word = (flags: string, description: string) => new Option(flags, description).argParser(slurmWord);
  const count = (flags: string, description: string) => new Option(flags, description).argParser(countArgument);
  return [
    new Option('--slurm', 'run on a Slurm cluster as job arrays, and return when they are submitted'),
    ...(sharded ? [count('--shards <count>', `tasks of each phase that can be cut (default: ${usualShards})`)] : []),
    ...(sharded ? [count('--parallel <count>', 'tasks of a phase that run at once (default: as many as fit)')] : []),
    word('--partition <name>', 'as for sbatch; these and the next ones have no default but the cluster’s own'),
    word('--account <name>', 'as for sbatch'),
    word('--qos <name>', 'as for sbatch'),
    word(
      '--time <limit>',
      'of each task, as for sbatch: 30, 4:00:00, 1-12; two minutes before it a task saves and queues again',
    ),
    word('--gpus-per-task <count>', 'of tasks that run models, as for sbatch: 1, a100:2'),
    count('--cpus-per-task <count>', 'as for sbatch'),
    word('--mem <size>', 'of each task, as for sbatch: 64G'),
    word('--constraint <features>', 'as for sbatch'),
    count('--array-limit <count>', 'tasks of one job array at most (default: what the cluster allows)'),
    new Option(
      '--sbatch-arg <argument>',
      'another argument of sbatch, such as --reservation=x; may be given again',
    ).argParser(collected),
    new Option(
      '--setup <line>',
      'shell that each task runs first, such as "module load cuda"; may be given again',
    ).argParser(collected),
    new Option('--run-folder <dir>', 'where scripts, logs and partial results go (default: NAME.rejuvenation.slurm)'),
    new Option('--dry-run', 'show what would be submitted, and submit nothing'),
    new Option('--wait', 'stay until the run has ended, and submit again what was lost on the way'),
  ].map((option) => option.helpGroup(slurmGroup));
}

/**
 * Adds the options, to a command that has all its others.
 *
 * @param sharded it is cut into tasks
 * @returns the command's own options as they were written, once it is parsed
 */
export function withSlurmOptions(command: Command, sharded: boolean): WrittenOptions {
  const own = listenForOptions(command);
  for (const option of slurmOptions(sharded)) command.addOption(option);
  return own;
}

/**
 * Whether the command is to run on a cluster.
 *
 * @throws InputError when options for Slurm are given without --slurm
 */
export function wantsSlurm(command: Command, options: SlurmOptions): boolean {
  if (options.slurm) return true;
  const given = command.options.find(
    (option) =>
      option.helpGroupHeading === slurmGroup && command.getOptionValueSource(option.attributeName()) === 'cli',
  );
  if (given === undefined) return false;
  throw new InputError(`${given.long} is for a Slurm cluster: give --slurm too.`);
}

/** What the user asks of Slurm. */
export function slurmSettingsFrom(options: SlurmOptions): SlurmSettings {
  const { partition, account, qos, time, gpusPerTask, cpusPerTask, mem, constraint, arrayLimit, parallel } = options;
  return {
    ...{ partition, account, qos, time, gpusPerTask, cpusPerTask, mem, constraint, arrayLimit, parallel },
    sbatchArgs: options.sbatchArg ?? [],
    setup: options.setup ?? [],
  };
}
