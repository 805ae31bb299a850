import { Command, Option } from 'commander';
import { handover } from '../../../run/handover/handover.ts';
import { type TrainerName, trainerNames } from '../../../run/handover/trainers.ts';
import { handoverText } from '../../output/handoverReport.ts';
import { handoverDocument } from '../../output/json/jsonDocuments.ts';
import { type CommandContext, jsonText } from '../command.ts';
import { jsonOption } from '../options/options.ts';

/* `rejuvenate handover`: its options, and what it prints. */

interface HandoverOptions {
  readonly to: TrainerName;
  readonly readiness?: string;
  readonly json?: true;
}

/** `rejuvenate handover`: how an RL trainer is started from a checkpoint. */
export function handoverCommand(context: CommandContext): Command {
  return new Command('handover')
    .summary('print how an RL trainer is started from a checkpoint')
    .description(
      'Check what an RL trainer needs of a checkpoint, and print the command that starts GRPO from it. Nothing is written or run.',
    )
    .argument('<checkpoint>', 'checkpoint to start from: a folder, or a model of the Hub cache')
    .addOption(new Option('--to <trainer>', 'the trainer').choices(trainerNames).makeOptionMandatory())
    .option('--readiness <file>', 'readiness record of the checkpoint: gives group size, temperature, longest answer')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  rejuvenate handover llama-rejuvenated --to verl
  rejuvenate handover llama-rejuvenated --to slime --readiness llama.readiness.json`,
    )
    .action(async (checkpoint: string, { to, readiness, json }: HandoverOptions) => {
      const made = await handover(checkpoint, to, readiness);
      context.print(json ? jsonText(handoverDocument.of(made)) : handoverText(made));
    });
}
