import { Command } from 'commander';
import { program as info } from '../../settings/programInfo.ts';
import { printable } from '../output/printable.ts';
import { mcpCommand } from './agents/mcpCommand.ts';
import { mergeCommand } from './cluster/mergeCommand.ts';
import { slurmCommand } from './cluster/slurmCommand.ts';
import type { CommandContext } from './command.ts';
import { commitCommand } from './commitCommand.ts';
import { diffCommand } from './diffCommand.ts';
import { doctorCommand, type ProbeDevices } from './doctorCommand.ts';
import { previewCommand } from './previewCommand.ts';
import { readinessCommand } from './readinessCommand.ts';
import { runRecipe } from './recipe/recipeCommands.ts';
import { compareRunsCommand } from './records/compareRunsCommand.ts';
import { exportCommand } from './records/exportCommand.ts';
import { reportCommand } from './records/reportCommand.ts';
import { showCommand } from './records/showCommand.ts';
import { attributeCommand, runCommand, runPlanCommand } from './runCommand.ts';
import { handoverCommand } from './sharing/handoverCommand.ts';
import { pushCommand } from './sharing/pushCommand.ts';
import { sweepCommand } from './sweepCommand.ts';
import { watchCommand } from './training/watchCommand.ts';
import { verifyCommand } from './verifyCommand.ts';

/** Commander quotes arguments as they came; its own second line offers what may have been meant. */
function argumentError(text: string): string {
  const [, error = '', offer = ''] = /^(.*?)(\n\(Did you mean [^\n]*\))?\n?$/s.exec(text) ?? [];
  return offer === '' ? printable(error) : `${printable(error)}\n${printable(offer.slice(1))}`;
}

/**
 * The command line, put together from its commands. Commander's own errors and help are thrown as `CommanderError`
 * instead of ending the process.
 */
export function buildProgram(context: CommandContext, probeDevices: ProbeDevices): Command {
  const program = new Command('rejuvenate')
    .description(
      'Repair over-trained SFT checkpoints before RL: base-anchored fusion and attribution-guided neuron reset.',
    )
    .version(info.version)
    .addHelpText(
      'after',
      `
Examples:
  rejuvenate preview pairs.jsonl --sft llama-sft
  rejuvenate run --base llama-base --sft llama-sft --calibration pairs.jsonl --out llama-rejuvenated
  rejuvenate show llama-rejuvenated.rejuvenation.json
  rejuvenate verify llama-rejuvenated.rejuvenation.json llama-rejuvenated
  rejuvenate commit llama-rejuvenated.rejuvenation.json --out llama-gentler --rho 0.002
  rejuvenate sweep llama-rejuvenated.rejuvenation.json --controls fusion,random,drift
  rejuvenate diff llama-base llama-sft llama-rejuvenated
  rejuvenate readiness llama-sft llama-rejuvenated --base llama-base --prompts problems.jsonl
  rejuvenate handover llama-rejuvenated --to verl
  rejuvenate doctor

Exit codes: 0 done, 1 failed, 2 bad input, 3 not ready (readiness), 130 interrupted.`,
    );
  const commands = [
    previewCommand(context),
    runCommand(context, runRecipe),
    attributeCommand(context),
    mergeCommand(context),
    runPlanCommand(context),
    commitCommand(context),
    showCommand(context),
    reportCommand(context),
    verifyCommand(context),
    sweepCommand(context),
    diffCommand(context),
    compareRunsCommand(context),
    readinessCommand(context),
    watchCommand(context),
    handoverCommand(context),
    pushCommand(context),
    exportCommand(context),
    slurmCommand(context),
    mcpCommand(context),
    doctorCommand(context, probeDevices),
  ];
  for (const command of commands) program.addCommand(command);
  for (const command of [program, ...commands.flatMap((each) => [each, ...each.commands])]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => context.print(text.replace(/\n$/, '')),
      writeErr: (text) => context.say(text.replace(/\n$/, '')),
      outputError: (text, write) => write(argumentError(text)),
    });
  }
  return program;
}
