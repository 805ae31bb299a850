import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { InputError } from '../../../errors.ts';
import { readinessSuffix } from '../../../record/readiness/readinessPaths.ts';
import { sweepSuffix } from '../../../record/sweep/sweepFile.ts';
import { exportRecord } from '../../../run/export/exportRecord.ts';
import { exportRuns, type Tracker, trackers } from '../../../run/trackers/exportRuns.ts';
import { exportDocument } from '../../output/json/jsonDocuments.ts';
import { printable } from '../../output/printable.ts';
import { table } from '../../output/table.ts';
import { type CommandContext, jsonText } from '../command.ts';
import { jsonOption } from '../options/options.ts';

interface ExportOptions {
  readonly out: string;
  readonly to: 'parquet' | Tracker;
  readonly json?: true;
}

/** `rejuvenate export`: a run record as Parquet files, or the figures of a record for an experiment tracker. */
export function exportCommand(context: CommandContext): Command {
  return new Command('export')
    .summary('write a record as Parquet, or for TensorBoard or W&B')
    .description(
      'Write a run record as Parquet (neurons.parquet, tokens.parquet, measurements.parquet), or the figures of a run, sweep or readiness ' +
        'record as event files of TensorBoard or as JSON and CSV for Weights & Biases. No service is contacted.',
    )
    .argument(
      '<record>',
      `run record, NAME.rejuvenation.json; for trackers also NAME${sweepSuffix}, NAME${readinessSuffix}`,
    )
    .requiredOption('--out <dir>', 'the folder, which must not exist')
    .addOption(new Option('--to <format>', 'what is written').choices(['parquet', ...trackers]).default('parquet'))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  rejuvenate export llama.rejuvenation.json --out llama-tables
  rejuvenate export sft${readinessSuffix} --to tensorboard --out runs/readiness
  rejuvenate export llama${sweepSuffix} --to wandb --out llama-wandb`,
    )
    .action(async (record: string, { out, to, json }: ExportOptions) => {
      if (to === 'parquet' && [readinessSuffix, sweepSuffix].some((suffix) => record.endsWith(suffix))) {
        throw new InputError(`Parquet is written of run records: for "${record}" give --to tensorboard or --to wandb.`);
      }
      const files = to === 'parquet' ? await exportRecord(record, out) : await exportRuns(record, to, out);
      if (json) {
        context.print(jsonText(exportDocument.of({ folder: resolve(out), tables: files })));
        return;
      }
      const rows = files.map(({ file, rows: count }) => [file, `${count}`]);
      context.print(
        `${table([{ head: 'file' }, { head: 'rows', align: 'right' }], rows)}\n\nFolder ${printable(resolve(out))}`,
      );
    });
}
