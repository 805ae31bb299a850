import { resolve } from 'node:path';
import { Command } from 'commander';
import { readComparison } from '../../../record/comparison/comparisonFile.ts';
import { comparisonSuffix } from '../../../record/comparison/comparisonPaths.ts';
import { readReadiness } from '../../../record/readiness/readinessFile.ts';
import { readinessPaths, readinessSuffix } from '../../../record/readiness/readinessPaths.ts';
import { readRecord } from '../../../record/run/recordFile.ts';
import { heavyResetWarning } from '../../../record/run/resetReport.ts';
import { readSweep, sweepSuffix } from '../../../record/sweep/sweepFile.ts';
import { comparisonJson, comparisonText } from '../../output/comparisonReport.ts';
import { readinessDocument, sweepDocument } from '../../output/json/jsonDocuments.ts';
import { readinessText } from '../../output/readinessReport.ts';
import { recordJson, recordText } from '../../output/recordReport.ts';
import { sweepText } from '../../output/sweep/sweepText.ts';
import { type CommandContext, jsonText } from '../command.ts';
import { jsonOption } from '../options/options.ts';

/** `rejuvenate show`: a record of any kind as tables. */
export function showCommand(context: CommandContext): Command {
  return new Command('show')
    .summary('show a record as tables')
    .description(
      'Show a run record (what was measured, which neurons were selected, from which tokens), a comparison record, a readiness record or a sweep record.',
    )
    .argument(
      '<record>',
      `run record, NAME.rejuvenation.json, NAME${comparisonSuffix}, NAME${readinessSuffix} or NAME${sweepSuffix}`,
    )
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  rejuvenate show llama.rejuvenation.json')
    .action(async (record: string, { json }: { readonly json?: true }) => {
      if (record.endsWith(comparisonSuffix)) {
        const { path, record: comparison } = await readComparison(record);
        context.print(json ? jsonText(comparisonJson(comparison, path)) : comparisonText(comparison, path));
        return;
      }
      if (record.endsWith(readinessSuffix)) {
        const readiness = await readReadiness(record);
        const { json: path } = readinessPaths(record);
        context.print(
          json ? jsonText(readinessDocument.of({ record: path, ...readiness })) : readinessText(readiness, path),
        );
        return;
      }
      if (record.endsWith(sweepSuffix)) {
        const sweep = await readSweep(record);
        const path = resolve(record);
        context.print(json ? jsonText(sweepDocument.of({ record: path, ...sweep })) : sweepText(sweep, path));
        return;
      }
      const open = await readRecord(record);
      const warning = heavyResetWarning(open.record.reset);
      if (warning !== undefined) context.onEvent({ type: 'warning', text: warning });
      context.print(json ? jsonText(recordJson(open)) : recordText(open));
    });
}
