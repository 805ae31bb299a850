import type { Command } from 'commander';
import { engineMemory } from '../../../cluster/phases/pinnedEngine.ts';
import { singlePhase } from '../../../cluster/phases/singlePhase.ts';
import type { CommandContext } from '../command.ts';
import { optionWords, type WrittenOptions } from '../recipe/writtenOptions.ts';
import { type SlurmOptions, wantsSlurm } from './slurmOptions.ts';
import { runFolderOf, submitRun } from './submitRun.ts';

/* Sends a command that is not cut into tasks to a Slurm cluster, as one task. */

export interface SingleCommand {
  /** As commander has it, parsed. */
  readonly command: Command;
  readonly own: WrittenOptions;
  readonly options: SlurmOptions & { readonly json?: true };
  /** What the run's folder is named after: `NAME.rejuvenation`. */
  readonly stem: string;
}

/** Of a task's memory its engine gets four fifths: `auto` would take them of the whole node. */
function boundedMemory(own: WrittenOptions, { mem, gpusPerTask }: SlurmOptions): string[] {
  const bytes = gpusPerTask === undefined ? engineMemory(mem) : undefined;
  const said = own.get('memory')?.some((text) => text.trim().toLowerCase() !== 'auto') ?? false;
  return bytes === undefined || said ? [] : [`--memory=${bytes}`];
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
  const name = command.name();
  const words = [...optionWords(own), ...boundedMemory(own, options)];
  const whole = [name, ...words, '--', ...command.args];
  const phase = singlePhase({ name, command: whole, after: [], model: true });
  await submitRun(
    { command: name, folder: runFolderOf(options, stem), phases: [phase], outputs: {} },
    options,
    context,
  );
  return true;
}
