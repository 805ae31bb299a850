import { resolve } from 'node:path';
import { Command } from 'commander';
import { exportRecord } from '../../../run/export/exportRecord.ts';
import { exportDocument } from '../../output/json/jsonDocuments.ts';
import { printable } from '../../output/printable.ts';
import { table } from '../../output/table.ts';
import { type CommandContext, jsonText } from '../command.ts';
import { jsonOption } from '../options/options.ts';

/** `rejuvenate export`: a run record as Parquet files. */
export function exportCommand(context: CommandContext): Command {
  return new Command('export')
    .summary('write a run record as Parquet files')
    .description(
      'Write a run record as Parquet: neurons.parquet, tokens.parquet and measurements.parquet in a new folder.',
    )
    .argument('<record>', 'run record, NAME.rejuvenation.json')
    .requiredOption('--out <dir>', 'the folder, which must not exist')
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  rejuvenate export llama.rejuvenation.json --out llama-tables')
    .action(async (record: string, { out, json }: { readonly out: string; readonly json?: true }) => {
      const tables = await exportRecord(record, out);
      if (json) {
        context.print(jsonText(exportDocument.of({ folder: resolve(out), tables })));
        return;
      }
      const rows = tables.map(({ file, rows: count }) => [file, `${count}`]);
      context.print(
        `${table([{ head: 'file' }, { head: 'rows', align: 'right' }], rows)}\n\nFolder ${printable(resolve(out))}`,
      );
    });
}
