import { type Command, InvalidArgumentError, Option } from 'commander';
import { InputError } from '../../../errors.ts';
import { planRun } from '../../../run/planning/planRun.ts';
import { memorySize } from '../../../settings/memorySize.ts';
import type { RunSettings } from '../../../settings/runSettings.ts';
import { planReport } from '../../output/cluster/planReport.ts';
import { planDocument } from '../../output/json/clusterDocuments.ts';
import { type CommandContext, jsonText } from '../command.ts';
import { countArgument, jsonOption } from '../options/options.ts';

/* The command `plan`: what a run would take, before anything is run. */

/** As commander gives them, beside those of a run. */
export interface PlanOptions {
  readonly base: string;
  readonly sft: string;
  readonly calibration: readonly string[];
  readonly tokenizer?: string;
  readonly gpus: readonly number[];
  readonly nodes: number;
  readonly measured?: string;
  readonly readRate?: number;
  readonly json?: true;
}

function countsArgument(text: string): number[] {
  return text.split(',').map(countArgument);
}

function rateArgument(text: string): number {
  try {
    return memorySize(text);
  } catch (error) {
    if (error instanceof InputError) throw new InvalidArgumentError('Write for example 500MB or 2GB, a second.');
    throw error;
  }
}

/**
 * `rejuvenate plan`.
 *
 * @param command has the inputs and settings of a run
 * @param settingsOf reads those
 */
export function planCommand<Options extends PlanOptions>(
  command: Command,
  settingsOf: (options: Options) => RunSettings,
  context: CommandContext,
): Command {
  return command
    .summary('show what a run would take, on so many GPUs and nodes')
    .description(
      'Show what a run would take: memory, passes over the weights, FLOP, bytes and time, on so many GPUs and nodes. Nothing is ' +
        'run, and the weights need not be there: config.json and tokenizer.json are enough.',
    )
    .addOption(
      new Option('--gpus <counts>', 'GPUs (or processes) of a machine, several numbers to compare')
        .argParser(countsArgument)
        .default([1, 4, 8], '1,4,8'),
    )
    .addOption(
      new Option('--nodes <count>', 'machines, each with the most of those GPUs').argParser(countArgument).default(1),
    )
    .option('--measured <record>', 'take the rates of this run record, of a small run on such hardware')
    .addOption(
      new Option('--read-rate <size>', 'that a machine reads files at, a second (default: 2GB)').argParser(
        rateArgument,
      ),
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  rejuvenate plan --base llama-base --sft llama-sft --calibration pairs.jsonl --memory 64GB --nodes 4
  rejuvenate plan --base base --sft sft --calibration pairs.jsonl --measured small.rejuvenation.json`,
    )
    .action(async (options: Options) => {
      const { base, sft, calibration, tokenizer, gpus, nodes, measured, readRate, json } = options;
      const inputs = { base, sft, calibration, tokenizer };
      const plan = await planRun({ inputs, settings: settingsOf(options), gpus, nodes, measured, readRate }, context);
      for (const text of plan.notes) context.onEvent({ type: 'note', text });
      context.print(json ? jsonText(planDocument.of(plan)) : planReport(plan));
    });
}
