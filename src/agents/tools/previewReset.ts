import { z } from 'zod';
import { readRecord } from '../../record/run/recordFile.ts';
import { checkRho } from '../../run/commit/checkRho.ts';
import { defineTool } from '../agentTool.ts';
import { modulesByRatio, resetCurve, resetDocument } from '../parts/runSummary.ts';
import { rhoArgument, runRecordArgument } from '../toolArguments.ts';
import type { ToolDocument } from '../toolCall.ts';

/* The tool `preview_reset`: how much would be reset at any rho, from the record alone. */

const mostModules = 10;

export const previewReset = defineTool({
  name: 'preview_reset',
  title: 'Preview a reset',
  description:
    'How many neurons a commit would reset at some rhos, without running or writing anything: the effective reset ratio, the largest rho that keeps it ' +
    'within at_most, and the modules that are reset most. Alpha changes none of this. Above 0.2 the program warns: much of what SFT taught is lost.',
  effect: 'reads',
  input: z.strictObject({
    record: runRecordArgument(),
    rhos: z.array(rhoArgument()).max(50).default([]).describe("Rhos to tell of; the run's own if empty"),
    at_most: z.number().gt(0).max(1).default(0.2).describe('Effective reset ratio that largest_rho is to keep within'),
  }),
  async run({ record: path, rhos, at_most: most }, { roots }): Promise<ToolDocument> {
    const open = await readRecord(await roots.record(path));
    const { settings, parameters, neurons } = open.record;
    const curve = resetCurve(open);
    const at = (rho: number) => {
      checkRho(rho, settings);
      const reset = curve.at(rho);
      return { reset, document: resetDocument(rho, { ...reset, parameterRatio: reset.parameters / parameters }) };
    };
    const asked = (rhos.length === 0 ? [settings.rho] : rhos).map(at);
    const largest = curve.largestWithin(most, settings.rhoMax);
    const found = largest === undefined ? undefined : at(largest);
    return {
      record: open.path,
      neurons,
      rho_max: settings.rhoMax,
      resets: asked.map(({ document }) => document),
      at_most: most,
      largest: found?.document ?? null,
      ...(found === undefined
        ? { note: `Even one neuron a target resets more than ${most}: attribute with a lower top_n or fewer samples.` }
        : {}),
      worst_modules: {
        rho: largest ?? settings.rho,
        modules: modulesByRatio((found ?? at(settings.rho)).reset).slice(0, mostModules),
      },
    };
  },
});
