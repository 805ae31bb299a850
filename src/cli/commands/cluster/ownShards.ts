import { type Command, Option } from 'commander';
import { readinessSuffix } from '../../../record/readiness/readinessPaths.ts';
import { recordName } from '../../../record/recordName.ts';
import { sweepSuffix } from '../../../record/sweep/sweepFile.ts';
import type { ShardHeader } from '../../../run/shards/file/shardContent.ts';
import type { Shard } from '../../../run/shards/shardPlace.ts';
import type { ShardOutcome } from '../../../run/shards/shardRun.ts';
import { shardText } from '../../output/cluster/shardReport.ts';
import { shardDocument } from '../../output/json/clusterDocuments.ts';
import { type CommandContext, jsonText } from '../command.ts';
import { optionWords, type WrittenOptions } from '../recipe/writtenOptions.ts';
import { keptOnInterrupt, shardArgument } from './shardOptions.ts';

/* Shards of commands that read them themselves, `readiness` and `sweep`: their options, and what a shard says. */

/** As commander gives them. */
export interface OwnShardOptions {
  readonly shard?: Shard;
  readonly partials?: string;
}

/** @param what a shard does, as of "of n shards" */
export function withOwnShards(command: Command, what: string): Command {
  return command
    .addOption(
      new Option(
        '--shard <i/n>',
        `${what}, i from 0 to n-1, and leave partials; "rejuvenate merge" joins them`,
      ).argParser(shardArgument),
    )
    .option(
      '--partials <dir>',
      'folder of what shards leave (default: the name of --out with .shards); without --shard it is read in the place of an engine',
    );
}

/** Beside the record: `NAME.readiness.shards`. @throws InputError for a path that is no such record's */
export function ownShardFolder(name: 'readiness' | 'sweep', out: string): string {
  const suffix = name === 'readiness' ? readinessSuffix : sweepSuffix;
  return `${recordName(out, suffix, `${name} record`).stem}.shards`;
}

/** Options that whoever joins the partials says anew, or that are a task's own. */
const notShared = new Set(['shard', 'partials', 'out', 'csv', 'figure', 'overwrite', 'json']);

/** The command, for whoever joins the partials. */
export function askedCommand(
  command: string,
  own: WrittenOptions,
  operands: readonly string[],
): NonNullable<ShardHeader['asked']> {
  return { folder: process.cwd(), command, words: [...optionWords(own, notShared), '--', ...operands] };
}

/** Says what there is now of a shard, once it is worked off. @throws what the work throws */
export async function sayShard(
  work: Promise<ShardOutcome>,
  json: true | undefined,
  context: CommandContext,
): Promise<void> {
  const outcome = await keptOnInterrupt(work);
  context.print(json ? jsonText(shardDocument.of(outcome)) : shardText(outcome));
}
