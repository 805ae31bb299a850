import { Command } from 'commander';
import { Interrupted } from '../../errors.ts';
import { heavyResetWarning } from '../../record/run/resetReport.ts';
import { commitRun } from '../../run/commitRun.ts';
import type { OutputDtype } from '../../settings/outputDtype.ts';
import { commitDocument } from '../output/json/jsonDocuments.ts';
import { printable } from '../output/printable.ts';
import { resetSentence, resetTable } from '../output/recordTables.ts';
import { type CommandContext, jsonText } from './command.ts';
import { alphaOption, dtypeOption, jsonOption, overwriteOption, rhoOption, workersOption } from './options/options.ts';

/* `rejuvenate commit`: its options, and what it prints. */

interface CommitOptions {
  readonly out: string;
  readonly alpha?: number;
  readonly rho?: number;
  readonly dtype?: OutputDtype;
  readonly workers?: number;
  readonly overwrite?: true;
  readonly json?: true;
}

/** `rejuvenate commit`: another checkpoint from a record, without attribution. */
export function commitCommand(context: CommandContext): Command {
  return new Command('commit')
    .summary('write a checkpoint from a record, for any alpha and rho')
    .description('Write a rejuvenated checkpoint from a run record, for any alpha and any rho up to its rho-max.')
    .argument('<record>', 'run record, NAME.rejuvenation.json')
    .requiredOption('--out <dir>', 'where the checkpoint goes')
    .addOption(alphaOption().default(undefined, "the record's"))
    .addOption(rhoOption().default(undefined, "the record's; 0 fuses without a reset"))
    .addOption(dtypeOption())
    .addOption(workersOption())
    .addOption(overwriteOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  rejuvenate commit llama.rejuvenation.json --out llama-rejuvenated --rho 0.02
  rejuvenate commit llama.rejuvenation.json --out llama-fused --rho 0`,
    )
    .action(async (record: string, { out, alpha, rho, dtype, workers, overwrite, json }: CommitOptions) => {
      const open = await commitRun(
        { record, out, alpha, rho, dtype, workers, overwrite: overwrite === true },
        context,
      ).catch((error: unknown) => {
        if (!(error instanceof Interrupted)) throw error;
        throw new Interrupted('Interrupted. Nothing was written: run the same command again.');
      });
      const { committed, reset } = open;
      const warning = reset === undefined ? undefined : heavyResetWarning(reset);
      if (warning !== undefined) context.onEvent({ type: 'warning', text: warning });
      if (json) {
        const warnings = warning === undefined ? [] : [warning];
        context.print(
          jsonText(commitDocument.of({ record: open.path, checkpoint: committed, reset: reset ?? null, warnings })),
        );
        return;
      }
      const blocks =
        reset === undefined
          ? ['Fusion only: no neuron was reset.']
          : [resetTable(reset), resetSentence(committed.rho, reset)];
      if (warning !== undefined) blocks.push(`WARNING: ${warning}`);
      blocks.push(`Checkpoint ${printable(committed.folder)}`);
      context.print(blocks.join('\n\n'));
    });
}
