import { Command } from 'commander';
import { Interrupted } from '../../errors.ts';
import { verifyRun } from '../../run/verifyRun.ts';
import { verificationDocument } from '../output/json/jsonDocuments.ts';
import { printable } from '../output/printable.ts';
import { metricsTable } from '../output/recordTables.ts';
import { type CommandContext, jsonText } from './command.ts';
import { type EngineOptions, engineSettingsFrom, withEngineOptions } from './options/engineOptions.ts';
import { jsonOption } from './options/options.ts';

/* `rejuvenate verify`: its options, and what it prints. */

interface VerifyCommandOptions extends EngineOptions {
  readonly save?: true;
  readonly json?: true;
}

/** `rejuvenate verify`: any checkpoints on the record's calibration, side by side. */
export function verifyCommand(context: CommandContext): Command {
  const command = new Command('verify')
    .summary("measure checkpoints on a record's calibration")
    .description("Measure checkpoints on a record's calibration and compare them with those in the record.")
    .argument('<record>', 'run record, NAME.rejuvenation.json')
    .argument(
      '<checkpoints...>',
      "Hugging Face folders with the same tokenizer, or models in the Hub cache as ORG/NAME[@REVISION]; also LoRA adapters of the run's base",
    )
    .option('--save', 'add the measurements to the record');
  return withEngineOptions(command)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  rejuvenate verify llama.rejuvenation.json llama-rejuvenated
  rejuvenate verify llama.rejuvenation.json llama-fused llama-rejuvenated --save`,
    )
    .action(async (record: string, checkpoints: string[], options: VerifyCommandOptions) => {
      const { save, json } = options;
      const { open, measured } = await verifyRun(
        { record, checkpoints, ...engineSettingsFrom(options), save: save === true },
        context,
      ).catch((error: unknown) => {
        if (!(error instanceof Interrupted)) throw error;
        throw new Interrupted('Interrupted. Nothing was saved.');
      });
      const names = new Set(measured.map(({ name }) => name));
      const measurements = [...open.record.measurements.filter(({ name }) => !names.has(name)), ...measured];
      if (json)
        context.print(jsonText(verificationDocument.of({ record: open.path, saved: save === true, measurements })));
      else context.print(metricsTable(measurements) + (save ? `\nSaved into ${printable(open.path)}` : ''));
    });
}
