import { type Command, InvalidArgumentError, Option } from 'commander';
import { InputError, Interrupted } from '../../../errors.ts';
import type { RunInputs } from '../../../run/files/runOutputs.ts';
import { shardFolderOf } from '../../../run/shards/shardFolder.ts';
import { type Shard, type ShardPhase, shardFrom, shardPhases } from '../../../run/shards/shardPlace.ts';
import { shardRun } from '../../../run/shards/shardRun.ts';
import type { RunSettings } from '../../../settings/runSettings.ts';
import { shardText } from '../../output/cluster/shardReport.ts';
import { shardDocument } from '../../output/json/clusterDocuments.ts';
import { type CommandContext, jsonText } from '../command.ts';

/* Options of `attribute` by which it works off a shard of the run, for several machines that share a file system. */

/** As commander gives them. */
export interface ShardOptions {
  readonly shard?: Shard;
  readonly phase?: ShardPhase;
  readonly partials?: string;
}

/** Reads `I/N`. */
export function shardArgument(text: string): Shard {
  try {
    return shardFrom(text);
  } catch (error) {
    if (error instanceof InputError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}

export function withShardOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--shard <i/n>',
        'work off one of n shards of the run, i from 0 to n-1, and leave partials; "rejuvenate merge" joins them',
      ).argParser(shardArgument),
    )
    .addOption(
      new Option(
        '--phase <name>',
        'of a shard: measure the base or the SFT, or attribute once all shards are measured (default: what can be done)',
      ).choices(shardPhases),
    )
    .option('--partials <dir>', "folder of all shards' partials (default: the name of --record with .shards)");
}

/** Says of work that was stopped that nothing is lost. */
export async function keptOnInterrupt<Outcome>(work: Promise<Outcome>): Promise<Outcome> {
  return work.catch((error: unknown) => {
    if (!(error instanceof Interrupted)) throw error;
    throw new Interrupted('Interrupted. What was finished is kept: run the same command again to go on from there.');
  });
}

/** What a shard of `attribute` is asked for. */
export interface AskedShard extends ShardOptions {
  readonly inputs: RunInputs;
  readonly record: string;
  readonly scores?: string | undefined;
  readonly settings: RunSettings;
  readonly overwrite?: true | undefined;
  readonly json?: true | undefined;
}

/**
 * Works off a shard, where one is asked for.
 *
 * @returns false where none is
 * @throws InputError for options that make no sense together; what {@link shardRun} throws
 */
export async function workOffShard(asked: AskedShard, context: CommandContext): Promise<boolean> {
  const { shard, phase, partials, inputs, record, scores, settings, overwrite, json } = asked;
  if (shard === undefined) {
    if (phase !== undefined) throw new InputError('--phase is of a shard: say which with --shard I/N.');
    if (partials !== undefined) throw new InputError('--partials is where shards go: say which with --shard I/N.');
    return false;
  }
  const folder = partials ?? shardFolderOf(record);
  const kept = { record, scores: scores !== undefined, overwrite: overwrite === true };
  const options = { inputs, ...kept, settings, shard, phase, partials: folder };
  const outcome = await keptOnInterrupt(shardRun(options, context));
  context.print(json ? jsonText(shardDocument.of(outcome)) : shardText(outcome));
  return true;
}
