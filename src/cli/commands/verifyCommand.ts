import { Command } from 'commander';
import { Interrupted } from '../../errors.ts';
import { verifyRun } from '../../run/verifyRun.ts';
import type { DeviceChoice } from '../../settings/devices.ts';
import type { Precision } from '../../settings/precision.ts';
import type { WeightStorage } from '../../settings/weightStorage.ts';
import { printable } from '../output/printable.ts';
import { metricsTable } from '../output/recordTables.ts';
import { type CommandContext, jsonText } from './command.ts';
import {
  deviceOption,
  jsonOption,
  memoryOption,
  precisionOption,
  processesOption,
  threadsOption,
  weightsOption,
} from './options/options.ts';

/* `rejuvenate verify`: its options, and what it prints. */

interface VerifyCommandOptions {
  readonly device: DeviceChoice;
  readonly memory: number;
  readonly processes?: number;
  readonly threads?: number;
  readonly weights: WeightStorage;
  readonly precision: Precision;
  readonly save?: true;
  readonly json?: true;
}

/** `rejuvenate verify`: any checkpoints on the record's calibration, side by side. */
export function verifyCommand(context: CommandContext): Command {
  return new Command('verify')
    .summary("measure checkpoints on a record's calibration")
    .description("Measure checkpoints on a record's calibration and compare them with those in the record.")
    .argument('<record>', 'run record, NAME.rejuvenation.json')
    .argument(
      '<checkpoints...>',
      "Hugging Face folders with the same tokenizer, or models in the Hub cache as ORG/NAME[@REVISION]; also LoRA adapters of the run's base",
    )
    .option('--save', 'add the measurements to the record')
    .addOption(deviceOption())
    .addOption(memoryOption())
    .addOption(processesOption())
    .addOption(threadsOption())
    .addOption(weightsOption())
    .addOption(precisionOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  rejuvenate verify llama.rejuvenation.json llama-rejuvenated
  rejuvenate verify llama.rejuvenation.json llama-fused llama-rejuvenated --save`,
    )
    .action(async (record: string, checkpoints: string[], options: VerifyCommandOptions) => {
      const { device, memory, processes = 0, threads = 0, weights, precision, save, json } = options;
      const engine = { device, memoryBytes: memory, processes, threads, weights, precision };
      const { open, measured } = await verifyRun(
        { record, checkpoints, ...engine, save: save === true },
        context,
      ).catch((error: unknown) => {
        if (!(error instanceof Interrupted)) throw error;
        throw new Interrupted('Interrupted. Nothing was saved.');
      });
      const names = new Set(measured.map(({ name }) => name));
      const measurements = [...open.record.measurements.filter(({ name }) => !names.has(name)), ...measured];
      if (json) context.print(jsonText({ record: open.path, saved: save === true, measurements }));
      else context.print(metricsTable(measurements) + (save ? `\nSaved into ${printable(open.path)}` : ''));
    });
}
