import { join } from 'node:path';
import type { Command } from 'commander';
import { engineMemory, engineWords, pinnedEngine } from '../../../cluster/phases/pinnedEngine.ts';
import { shardedPhases } from '../../../cluster/phases/shardedPhases.ts';
import { usualShards } from '../../../cluster/slurm/slurmSettings.ts';
import { InputError } from '../../../errors.ts';
import type { CommandContext } from '../command.ts';
import { type EngineOptions, engineSettingsFrom } from '../options/engineOptions.ts';
import { optionWords, type WrittenOptions } from '../recipe/writtenOptions.ts';
import { singleOnSlurm } from './singleOnSlurm.ts';
import { type SlurmOptions, wantsSlurm } from './slurmOptions.ts';
import { runFolderOf, submitRun } from './submitRun.ts';

/* Sends a command that works in shards, and joins them itself, to a Slurm cluster. */

export interface ShardedCommand {
  /** As commander has it, parsed. */
  readonly command: Command;
  readonly own: WrittenOptions;
  readonly options: SlurmOptions &
    EngineOptions & { readonly json?: true; readonly shard?: unknown; readonly partials?: string };
  /** What the run's folder is named after. */
  readonly stem: string;
  /** What shards do, in a word. */
  readonly phase: string;
  /** Options of the last task alone: outputs. */
  readonly last: ReadonlySet<string>;
  /** Something else than an engine here does the work: then it is one task. */
  readonly whole: boolean;
}

/** What is settled anew. */
const replaced = ['memory', 'device', 'threads'];

/**
 * Submits the command, where it is to run on a cluster: in shards, or as one task where there is nothing to share out.
 *
 * @returns whether it was: then there is nothing left to do
 * @throws InputError, RunError, Interrupted as `submitRun`
 */
export async function shardedOnSlurm(asked: ShardedCommand, context: CommandContext): Promise<boolean> {
  const { command, own, options, stem, phase, last, whole } = asked;
  if (!wantsSlurm(command, options)) return false;
  if (options.shard !== undefined || options.partials !== undefined) {
    throw new InputError('--shard and --partials are of one part, --slurm plans all of them: leave them out.');
  }
  const shards = options.shards ?? usualShards;
  const settings = engineSettingsFrom(options);
  // Tasks must all have the same memory: where nobody asked for several, one task may have what there is.
  const alike = options.shards !== undefined || settings.memoryBytes > 0 || engineMemory(options.mem) !== undefined;
  if (whole || shards === 1 || !alike) return singleOnSlurm({ command, own, options, stem }, context);
  const engine = pinnedEngine(settings, options);
  const folder = runFolderOf(options, stem);
  const onlyLast = new Map([...own].filter(([name]) => last.has(name)));
  const phases = shardedPhases({
    ...{ command: command.name(), phase, shards },
    options: [...optionWords(own, new Set([...last, ...replaced])), ...engineWords(engine)],
    last: optionWords(onlyLast),
    operands: command.args,
    partials: join(folder, 'partials'),
  });
  await submitRun({ command: command.name(), folder, phases, outputs: {} }, options, context);
  return true;
}
