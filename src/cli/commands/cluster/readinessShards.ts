import type { ReadinessOptions } from '../../../comparison/readiness/readinessOptions.ts';
import { readinessShard } from '../../../comparison/readiness/shards/readinessShard.ts';
import { InputError } from '../../../errors.ts';
import { readinessSuffix } from '../../../record/readiness/readinessPaths.ts';
import { recordName } from '../../../record/recordName.ts';
import type { EngineSourceOptions } from '../../../run/readiness/engineSource.ts';
import type { Shard } from '../../../run/shards/shardPlace.ts';
import { shardText } from '../../output/cluster/shardReport.ts';
import { shardDocument } from '../../output/json/clusterDocuments.ts';
import { type CommandContext, jsonText } from '../command.ts';
import { optionWords, type WrittenOptions } from '../recipe/writtenOptions.ts';
import { keptOnInterrupt } from './shardOptions.ts';

/* `readiness` in shards: what goes with --shard and --partials, and a shard worked off. */

/** As commander gives them. */
export interface ReadinessShardOptions {
  readonly shard?: Shard;
  readonly partials?: string;
  readonly out?: string;
  readonly endpoint?: unknown;
  readonly rollouts?: unknown;
  readonly json?: true;
}

/** Options that whoever joins the partials says anew, or that are a task's own. */
const notShared = new Set(['shard', 'partials', 'out', 'overwrite', 'json']);

/** Beside the record: `NAME.readiness.shards`. @throws InputError for a path that is no record's */
export function readinessShardFolder(out: string): string {
  return `${recordName(out, readinessSuffix, 'readiness record').stem}.shards`;
}

/** @throws InputError for options that make no sense with --shard or --partials, before anything is opened */
export function checkReadinessShards({ shard, partials, out, endpoint, rollouts }: ReadinessShardOptions): void {
  if (shard === undefined && partials === undefined) return;
  const word = shard === undefined ? '--partials' : '--shard';
  if (endpoint !== undefined || rollouts !== undefined) {
    const other = endpoint === undefined ? '--rollouts' : '--endpoint';
    throw new InputError(`${word} is for checkpoints that are run here, not for ${other}: leave one of them out.`);
  }
  if (partials === undefined && out === undefined)
    throw new InputError(
      `A shard of readiness leaves partials: say where with --out NAME${readinessSuffix} or --partials DIR.`,
    );
}

export interface AskedReadinessShard {
  readonly asked: ReadinessOptions;
  readonly engine: EngineSourceOptions;
  readonly own: WrittenOptions;
  readonly checkpoints: readonly string[];
  readonly options: ReadinessShardOptions & { readonly shard: Shard };
}

/** Works off a shard, and says what there is now. @throws as `readinessShard` */
export async function workOffReadiness(
  { asked, engine, own, checkpoints, options }: AskedReadinessShard,
  context: CommandContext,
): Promise<void> {
  const { shard, out, json } = options;
  const partials = options.partials ?? readinessShardFolder(out!);
  const words = [...optionWords(own, notShared), '--', ...checkpoints];
  const command = { folder: process.cwd(), command: 'readiness', words };
  const outcome = await keptOnInterrupt(readinessShard({ asked, command, engine, shard, partials }, context));
  context.print(json ? jsonText(shardDocument.of(outcome)) : shardText(outcome));
}
