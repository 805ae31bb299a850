import { Command } from 'commander';
import { readRecord } from '../run/recordFile.ts';
import { heavyResetWarning } from '../run/resetReport.ts';
import { type CommandContext, jsonText } from './command.ts';
import { jsonOption } from './options.ts';
import { recordJson, recordText } from './recordReport.ts';

/** `rejuvenate show`: a record as tables. */
export function showCommand(context: CommandContext): Command {
  return new Command('show')
    .summary('show a record as tables')
    .description('Show a run record: what was measured, which neurons were selected, from which tokens.')
    .argument('<record>', 'run record, NAME.rejuvenation.json')
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  rejuvenate show llama.rejuvenation.json')
    .action(async (record: string, { json }: { readonly json?: true }) => {
      const open = await readRecord(record);
      const warning = heavyResetWarning(open.record.reset);
      if (warning !== undefined) context.onEvent({ type: 'warning', text: warning });
      context.print(json ? jsonText(recordJson(open)) : recordText(open));
    });
}
