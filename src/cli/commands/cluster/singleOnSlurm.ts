import type { Command } from 'commander';
import { slurmMemory } from '../../../cluster/phases/pinnedEngine.ts';
import { singlePhase } from '../../../cluster/phases/singlePhase.ts';
import type { CommandContext } from '../command.ts';
import { type GivenOption, optionWords } from './givenOptions.ts';
import { type OwnOptions, type SlurmOptions, wantsSlurm } from './slurmOptions.ts';
import { runFolderOf, submitRun } from './submitRun.ts';

/* Sends a command that is not cut into tasks to a Slurm cluster, as one task. */

export interface SingleCommand {
  /** As commander has it, parsed. */
  readonly command: Command;
  readonly own: OwnOptions;
  readonly options: SlurmOptions & { readonly json?: true };
  /** What the run's folder is named after: `NAME.rejuvenation`. */
  readonly stem: string;
}

/** Of a task's memory its engine gets four fifths: `auto` would take them of the whole node. */
function boundedMemory(given: readonly GivenOption[], { mem, gpusPerTask }: SlurmOptions): string[] {
  const bytes = mem === undefined || gpusPerTask !== undefined ? undefined : slurmMemory(mem);
  const said = given.some(({ flag, value }) => flag === '--memory' && value?.trim().toLowerCase() !== 'auto');
  return bytes === undefined || said ? [] : [`--memory=${Math.floor(bytes * 0.8)}`];
}

/**
 * Submits the command, where it is to run on a cluster.
 *
 * @returns whether it was: then there is nothing left to do
 * @throws InputError, RunError, Interrupted as `submitRun`
 */
export async function singleOnSlurm(
  { command, own, options, stem }: SingleCommand,
  context: CommandContext,
): Promise<boolean> {
  if (!wantsSlurm(command, options)) return false;
  const given = own();
  const name = command.name();
  const words = [...optionWords(given), ...boundedMemory(given, options)];
  const whole = [name, ...words, '--', ...command.args];
  const phase = singlePhase({ name, command: whole, after: [], model: true });
  await submitRun(
    { command: name, folder: runFolderOf(options, stem), phases: [phase], outputs: {} },
    options,
    context,
  );
  return true;
}
