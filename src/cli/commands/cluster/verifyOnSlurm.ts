import { join } from 'node:path';
import type { Command } from 'commander';
import { engineWords, pinnedEngine } from '../../../cluster/phases/pinnedEngine.ts';
import { verifyPhases } from '../../../cluster/phases/verifyPhases.ts';
import { usualShards } from '../../../cluster/slurm/slurmSettings.ts';
import { InputError } from '../../../errors.ts';
import { recordName } from '../../../record/recordName.ts';
import { recordSuffix } from '../../../record/run/recordPaths.ts';
import type { CommandContext } from '../command.ts';
import { type EngineOptions, engineSettingsFrom } from '../options/engineOptions.ts';
import { optionWords, type WrittenOptions } from '../recipe/writtenOptions.ts';
import type { SlurmOptions } from './slurmOptions.ts';
import { runFolderOf, submitRun } from './submitRun.ts';

/* Sends `verify` to a Slurm cluster. */

export interface ClusterVerification {
  /** As commander has it, parsed. */
  readonly command: Command;
  readonly own: WrittenOptions;
  readonly options: SlurmOptions &
    EngineOptions & {
      readonly save?: true;
      readonly shard?: unknown;
      readonly partials?: string;
      readonly json?: true;
    };
  readonly record: string;
}

/** What is settled anew, or is the last task's alone. */
const replaced = new Set(['memory', 'device', 'threads', 'save', 'json']);

/** Submits a verification: its samples in shards, then one task that puts them together. @throws as `submitRun` */
export async function verifyOnSlurm(
  { command, own, options, record }: ClusterVerification,
  context: CommandContext,
): Promise<void> {
  if (options.shard !== undefined || options.partials !== undefined) {
    throw new InputError('--shard and --partials are of one part, --slurm plans all of them: leave them out.');
  }
  const engine = pinnedEngine(engineSettingsFrom(options), options);
  const folder = runFolderOf(options, `${recordName(record, recordSuffix, 'record').stem}.verify`);
  const words = [...optionWords(own, replaced), ...engineWords(engine)];
  const phases = verifyPhases({
    options: words,
    last: [...(options.save ? ['--save'] : []), ...(options.json ? ['--json'] : [])],
    // The record, then the checkpoints.
    operands: command.args,
    checkpoints: command.args.length - 1,
    partials: join(folder, 'partials'),
    shards: options.shards ?? usualShards,
  });
  await submitRun({ command: 'verify', folder, phases, outputs: {} }, options, context);
}
