import { Command } from 'commander';
import { recordSuffix } from '../../../record/run/recordPaths.ts';
import { compareRuns } from '../../../run/runs/compareRuns.ts';
import { writeRunsPage } from '../../../run/runs/writeRunsPage.ts';
import { overlapDocument } from '../../output/json/jsonDocuments.ts';
import { printable } from '../../output/printable.ts';
import { runsText } from '../../output/runsReport.ts';
import { type CommandContext, jsonText } from '../command.ts';
import { overwriteNeeds, refuseIdle } from '../options/idleOptions.ts';
import { jsonOption, overwriteOption, rhoOption } from '../options/options.ts';

interface CompareRunsOptions {
  readonly rho?: number;
  readonly out?: string;
  readonly overwrite?: true;
  readonly json?: true;
}

/** `rejuvenate compare-runs`: how far runs select the same neurons. */
export function compareRunsCommand(context: CommandContext): Command {
  return new Command('compare-runs')
    .summary('compare which neurons runs select')
    .description(
      'Compare which neurons two or more runs select (halves of a calibration, seeds, settings): overlap of their reset sets by module against ' +
        'what chance would give, and correlations of best ranks and mean scores.',
    )
    .argument('<records...>', `run records, NAME${recordSuffix}, of models of the same sizes`)
    .addOption(rhoOption().default(undefined, "each run's own"))
    .option('--out <file>', 'write it as a page with figures, FILE.html')
    .addOption(overwriteOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  rejuvenate compare-runs half-1.rejuvenation.json half-2.rejuvenation.json')
    .action(async (records: readonly string[], { rho, out, overwrite, json }: CompareRunsOptions, own: Command) => {
      refuseIdle(own, [overwriteNeeds('--out', out !== undefined)]);
      const comparison =
        out === undefined
          ? await compareRuns(records, rho)
          : await writeRunsPage({ records, rho, out, overwrite: overwrite === true });
      context.print(json ? jsonText(overlapDocument.of(comparison)) : runsText(comparison));
      if (out !== undefined) context.say(`Wrote ${printable(out)}.`);
    });
}
