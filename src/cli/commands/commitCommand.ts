import { Command, Option } from 'commander';
import { InputError, Interrupted } from '../../errors.ts';
import { heavyResetWarning } from '../../record/run/resetReport.ts';
import { commitRun } from '../../run/commitRun.ts';
import { commitShardRun } from '../../run/commitShardRun.ts';
import type { Shard } from '../../run/shards/shardPlace.ts';
import type { OutputDtype } from '../../settings/outputDtype.ts';
import { commitPartDocument } from '../output/json/clusterDocuments.ts';
import { commitDocument } from '../output/json/jsonDocuments.ts';
import { printable } from '../output/printable.ts';
import { resetSentence, resetTable } from '../output/recordTables.ts';
import { commitOnSlurm } from './cluster/commitOnSlurm.ts';
import { shardArgument } from './cluster/shardOptions.ts';
import { type SlurmOptions, wantsSlurm, withSlurmOptions } from './cluster/slurmOptions.ts';
import { type CommandContext, jsonText } from './command.ts';
import { alphaOption, dtypeOption, jsonOption, overwriteOption, rhoOption, workersOption } from './options/options.ts';

/* `rejuvenate commit`: its options, and what it prints. */

interface CommitOptions extends SlurmOptions {
  readonly out: string;
  readonly alpha?: number;
  readonly rho?: number;
  readonly dtype?: OutputDtype;
  readonly workers?: number;
  readonly shard?: Shard;
  readonly partials?: string;
  readonly overwrite?: true;
  readonly json?: true;
}

/** `rejuvenate commit`: another checkpoint from a record, without attribution. */
export function commitCommand(context: CommandContext): Command {
  const command = new Command('commit')
    .summary('write a checkpoint from a record, for any alpha and rho')
    .description('Write a rejuvenated checkpoint from a run record, for any alpha and any rho up to its rho-max.')
    .argument('<record>', 'run record, NAME.rejuvenation.json')
    .requiredOption('--out <dir>', 'where the checkpoint goes')
    .addOption(alphaOption().default(undefined, "the record's"))
    .addOption(rhoOption().default(undefined, "the record's; 0 fuses without a reset"))
    .addOption(dtypeOption())
    .addOption(workersOption())
    .addOption(
      new Option(
        '--shard <i/n>',
        'write one of n parts of the weight files into the folder of --partials, i from 0 to n-1',
      ).argParser(shardArgument),
    )
    .option(
      '--partials <dir>',
      'folder of the parts, on the file system of --out; without --shard they are taken from there',
    )
    .addOption(overwriteOption())
    .addOption(jsonOption());
  withSlurmOptions(command, true);
  return command
    .addHelpText(
      'after',
      `
Examples:
  rejuvenate commit llama.rejuvenation.json --out llama-rejuvenated --rho 0.02
  rejuvenate commit llama.rejuvenation.json --out llama-fused --rho 0`,
    )
    .action(async (record: string, options: CommitOptions) => {
      const { out, alpha, rho, dtype, workers, overwrite, json } = options;
      if (wantsSlurm(command, options)) {
        if (options.shard !== undefined || options.partials !== undefined) {
          throw new InputError('--shard and --partials are of one part, --slurm plans all of them: leave them out.');
        }
        return commitOnSlurm({ ...options, record }, context);
      }
      if (options.shard !== undefined) return commitShard(record, options, options.shard, context);
      const open = await commitRun(
        { record, out, alpha, rho, dtype, workers, partials: options.partials, overwrite: overwrite === true },
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

/** One part of the weight files. */
async function commitShard(
  record: string,
  { out, alpha, rho, dtype, workers, partials, overwrite, json }: CommitOptions,
  part: Shard,
  context: CommandContext,
): Promise<void> {
  if (partials === undefined) throw new InputError('Where do the parts go? Name a folder with --partials.');
  const { path, files } = await commitShardRun(
    { record, out, alpha, rho, dtype, workers, partials, part, overwrite: overwrite === true },
    context,
  ).catch((error: unknown) => {
    if (!(error instanceof Interrupted)) throw error;
    throw new Interrupted('Interrupted. The weight files that are whole are kept: run the same command again.');
  });
  const count = files.length === 1 ? 'one weight file' : `${files.length} weight files`;
  context.print(
    json
      ? jsonText(commitPartDocument.of({ partial: path, files }))
      : `Part ${part.index} of ${part.count}: ${count}, ${printable(path)}`,
  );
}
