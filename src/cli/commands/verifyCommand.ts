import { Command, Option } from 'commander';
import { InputError, Interrupted } from '../../errors.ts';
import type { Shard } from '../../run/shards/shardPlace.ts';
import { verifyShardRun } from '../../run/verification/verifyShardRun.ts';
import { verifyRun } from '../../run/verifyRun.ts';
import { shardText } from '../output/cluster/shardReport.ts';
import { shardDocument } from '../output/json/clusterDocuments.ts';
import { verificationDocument } from '../output/json/jsonDocuments.ts';
import { printable } from '../output/printable.ts';
import { metricsTable } from '../output/recordTables.ts';
import { keptOnInterrupt, shardArgument } from './cluster/shardOptions.ts';
import { type SlurmOptions, wantsSlurm, withSlurmOptions } from './cluster/slurmOptions.ts';
import { verifyOnSlurm } from './cluster/verifyOnSlurm.ts';
import { type CommandContext, jsonText } from './command.ts';
import { type EngineOptions, engineSettingsFrom, withEngineOptions } from './options/engineOptions.ts';
import { jsonOption } from './options/options.ts';
import { withStaging } from './options/stageOption.ts';

/* `rejuvenate verify`: its options, and what it prints. */

interface VerifyCommandOptions extends EngineOptions, SlurmOptions {
  readonly save?: true;
  readonly shard?: Shard;
  readonly partials?: string;
  readonly json?: true;
}

/** `rejuvenate verify`: any checkpoints on the record's calibration, side by side. */
export function verifyCommand(given: CommandContext): Command {
  const command = new Command('verify')
    .summary("measure checkpoints on a record's calibration")
    .description("Measure checkpoints on a record's calibration and compare them with those in the record.")
    .argument('<record>', 'run record, NAME.rejuvenation.json')
    .argument(
      '<checkpoints...>',
      "Hugging Face folders with the same tokenizer, or models in the Hub cache as ORG/NAME[@REVISION]; also LoRA adapters of the run's base",
    )
    .option('--save', 'add the measurements to the record')
    .addOption(
      new Option('--shard <i/n>', 'measure one of n shards of the samples, i from 0 to n-1, into --partials').argParser(
        shardArgument,
      ),
    )
    .option('--partials <dir>', 'folder of what shards measure; without --shard it is read instead of measuring');
  const context = withStaging(withEngineOptions(command), given);
  const own = withSlurmOptions(command.addOption(jsonOption()), true);
  return command
    .addHelpText(
      'after',
      `
Examples:
  rejuvenate verify llama.rejuvenation.json llama-rejuvenated
  rejuvenate verify llama.rejuvenation.json llama-fused llama-rejuvenated --save`,
    )
    .action(async (record: string, checkpoints: string[], options: VerifyCommandOptions) => {
      if (wantsSlurm(command, options)) return verifyOnSlurm({ command, own, options, record }, context);
      const { save, json, shard, partials } = options;
      const asked = { record, checkpoints, ...engineSettingsFrom(options) };
      if (shard !== undefined) {
        if (partials === undefined)
          throw new InputError('A shard of a verification leaves partials: say where with --partials DIR.');
        if (save) throw new InputError('A shard saves nothing: leave out --save, and give it when all are measured.');
        const outcome = await keptOnInterrupt(verifyShardRun({ ...asked, shard, partials }, context));
        context.print(json ? jsonText(shardDocument.of(outcome)) : shardText(outcome));
        return;
      }
      const { open, measured } = await verifyRun({ ...asked, save: save === true, partials }, context).catch(
        (error: unknown) => {
          if (!(error instanceof Interrupted)) throw error;
          throw new Interrupted('Interrupted. Nothing was saved.');
        },
      );
      const names = new Set(measured.map(({ name }) => name));
      const measurements = [...open.record.measurements.filter(({ name }) => !names.has(name)), ...measured];
      if (json)
        context.print(jsonText(verificationDocument.of({ record: open.path, saved: save === true, measurements })));
      else context.print(metricsTable(measurements) + (save ? `\nSaved into ${printable(open.path)}` : ''));
    });
}
