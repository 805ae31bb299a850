import { Command } from 'commander';
import { recordSuffix } from '../../../record/run/recordPaths.ts';
import { exportReport } from '../../../run/report/exportReport.ts';
import { reportDocument } from '../../output/json/jsonDocuments.ts';
import { printable } from '../../output/printable.ts';
import { type CommandContext, jsonText } from '../command.ts';
import { jsonOption, overwriteOption } from '../options/options.ts';

interface ReportCommandOptions {
  readonly out: string;
  readonly withoutText?: true;
  readonly overwrite?: true;
  readonly json?: true;
}

/** `rejuvenate report`: a run record as one HTML page. */
export function reportCommand(context: CommandContext): Command {
  return new Command('report')
    .summary('write a run record as one HTML page')
    .description(
      'Write a run record as one HTML page with the figures of the inspector, for others to open in a browser: it needs neither this program nor a network. ' +
        'Folders are left out, their last names stay. Above 10 MB scores and measures are rounded.',
    )
    .argument('<record>', `run record, NAME${recordSuffix}`)
    .requiredOption('--out <file>', 'the page, FILE.html')
    .option('--without-text', "leave out the calibration's text: tokens, their ids, file names and fields")
    .addOption(overwriteOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  rejuvenate report llama.rejuvenation.json --out llama.html --without-text')
    .action(async (record: string, { out, withoutText, overwrite, json }: ReportCommandOptions) => {
      const text = withoutText !== true;
      const { size, rounding } = await exportReport({ record, out, text, overwrite: overwrite === true });
      const rounded = rounding === undefined ? '' : `; ${rounding}`;
      context.print(
        json
          ? jsonText(reportDocument.of({ report: out, bytes: size, text, rounding }))
          : `Wrote ${printable(out)} (${(size / 1e6).toFixed(1)} MB)${rounded}.`,
      );
    });
}
