import { Command } from 'commander';
import { InputError, Interrupted } from '../../../errors.ts';
import { readinessSuffix } from '../../../record/readiness/readinessPaths.ts';
import { recordSuffix } from '../../../record/run/recordPaths.ts';
import { heavyResetWarning } from '../../../record/run/resetReport.ts';
import { sweepSuffix } from '../../../record/sweep/sweepFile.ts';
import { mergeShards } from '../../../run/shards/mergeShards.ts';
import { shardFolderOf } from '../../../run/shards/shardFolder.ts';
import { recordJson, recordText } from '../../output/recordReport.ts';
import { type CommandContext, jsonText } from '../command.ts';
import { jsonOption, overwriteOption } from '../options/options.ts';
import { mergeAsked } from './mergeAsked.ts';
import { ownShardFolder } from './ownShards.ts';

interface MergeOptions {
  readonly record: string;
  readonly scores?: string;
  readonly keep?: true;
  readonly overwrite?: true;
  readonly json?: true;
}

/** Commands that read their shards themselves, and how their records are named. */
const ownJoins = [
  { name: 'readiness', suffix: readinessSuffix },
  { name: 'sweep', suffix: sweepSuffix },
] as const;

/** `rejuvenate merge`: partials of all shards to the record of one process. */
export function mergeCommand(context: CommandContext): Command {
  return new Command('merge')
    .summary('join the shards of a run into its record')
    .description(
      'Join the partials that --shard I/N of attribute, readiness or sweep left into the record that one process writes.',
    )
    .argument('[partials...]', 'partials, or folders of them (default: the name of --record with .shards)')
    .requiredOption(
      '--record <file>',
      `where the record goes, NAME${recordSuffix}, NAME${readinessSuffix} or NAME${sweepSuffix}`,
    )
    .option('--scores <file>', "of attribute --scores: where every target's scores go, a .safetensors file")
    .option('--keep', 'keep the partials; else a folder that was named is deleted once the record is written')
    .addOption(overwriteOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Example, on two machines that share a file system:
  rejuvenate attribute --base base --sft sft --calibration pairs.jsonl --record r${recordSuffix} --memory 64GB --shard 0/2 --phase base
  … the same with --shard 1/2, with --phase sft, and, once all four are done, with --phase attribution
  rejuvenate merge --record r${recordSuffix}`,
    )
    .action(async (partials: readonly string[], { record, scores, keep, overwrite, json }: MergeOptions) => {
      const name = ownJoins.find(({ suffix }) => record.endsWith(suffix))?.name;
      if (name !== undefined) {
        if (scores !== undefined) throw new InputError(`--scores is of attribution, not of ${name}: leave it out.`);
        if (partials.length > 1)
          throw new InputError(`Of ${name} give the one folder in which all shards left partials.`);
        const folder = partials[0] ?? ownShardFolder(name, record);
        const asked = { record, overwrite: overwrite === true, json: json === true, keep: keep === true };
        return mergeAsked({ ...asked, name, partials: folder }, context);
      }
      const given = partials.length > 0 ? partials : [shardFolderOf(record)];
      const options = { partials: given, record, scores, overwrite: overwrite === true, keep: keep === true };
      try {
        const open = await mergeShards(options, context);
        const warning = heavyResetWarning(open.record.reset);
        if (warning !== undefined) context.onEvent({ type: 'warning', text: warning });
        context.print(json ? jsonText(recordJson(open)) : recordText(open));
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error;
        throw new Interrupted('Interrupted. The partials are as they were: run the same command again.');
      }
    });
}
