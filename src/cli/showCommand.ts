import { Command } from 'commander';
import { readComparison } from '../comparison/comparisonFile.ts';
import { comparisonSuffix } from '../comparison/comparisonPaths.ts';
import { readRecord } from '../run/recordFile.ts';
import { heavyResetWarning } from '../run/resetReport.ts';
import { type CommandContext, jsonText } from './command.ts';
import { comparisonJson, comparisonText } from './comparisonReport.ts';
import { jsonOption } from './options.ts';
import { recordJson, recordText } from './recordReport.ts';

/** `rejuvenate show`: a record of either kind as tables. */
export function showCommand(context: CommandContext): Command {
  return new Command('show')
    .summary('show a record as tables')
    .description(
      'Show a run record (what was measured, which neurons were selected, from which tokens) or a comparison record.',
    )
    .argument('<record>', `run record, NAME.rejuvenation.json, or NAME${comparisonSuffix}`)
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  rejuvenate show llama.rejuvenation.json')
    .action(async (record: string, { json }: { readonly json?: true }) => {
      if (record.endsWith(comparisonSuffix)) {
        const { path, record: comparison } = await readComparison(record);
        context.print(json ? jsonText(comparisonJson(comparison, path)) : comparisonText(comparison, path));
        return;
      }
      const open = await readRecord(record);
      const warning = heavyResetWarning(open.record.reset);
      if (warning !== undefined) context.onEvent({ type: 'warning', text: warning });
      context.print(json ? jsonText(recordJson(open)) : recordText(open));
    });
}
