import { z } from 'zod';
import { recordPaths } from '../../record/run/recordPaths.ts';
import { attributionRun } from '../../run/attributionRun.ts';
import { pairForms, shapeNames, specialTokenChoices, turnChoices } from '../../settings/calibrationSettings.ts';
import { checkSettings, defaultSettings, type RunSettings } from '../../settings/runSettings.ts';
import { defineTool } from '../agentTool.ts';
import { engineArguments, engineSettings } from '../engineArguments.ts';
import { runSummary } from '../parts/runSummary.ts';
import { startedJob } from '../startedJob.ts';
import { alphaArgument, pathArgument, waitArgument } from '../toolArguments.ts';
import type { ToolDocument } from '../toolCall.ts';

/* The tool `start_run`: a run in the background, up to its record. */

const d = defaultSettings;
const share = () => z.number().gt(0).max(1);

const input = z.strictObject({
  base: pathArgument('Folder of the base checkpoint'),
  sft: pathArgument('Folder of the SFT checkpoint or LoRA adapter'),
  calibration: z
    .array(pathArgument('File or folder'))
    .min(1)
    .max(100)
    .describe('What the SFT was trained on: files of JSONL, JSON or Parquet, or the folder of a data set'),
  record: pathArgument('Where the record goes, NAME.rejuvenation.json; must not exist'),
  alpha: alphaArgument().default(d.alpha),
  rho: share().default(d.rho).describe('Share of all neurons that one target may select'),
  rho_max: share().default(d.rhoMax).describe('Largest rho that the record can answer for'),
  top_n: z.int().positive().max(4096).default(d.topN).describe('Target tokens a sample'),
  samples: z.int().positive().default(d.samples).describe('Calibration rows that are drawn'),
  seed: z.int().nonnegative().default(d.seed),
  holdout: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('Share of the samples that chooses no target and is reported apart'),
  max_length: z.int().min(2).default(d.maxLength).describe('Longest sample in tokens'),
  format: z
    .enum(['auto', ...shapeNames])
    .default(d.format)
    .describe('What the rows of the calibration are'),
  prompt_field: z.string().max(200).default(d.promptField),
  response_field: z.string().max(200).default(d.responseField),
  pairs_as: z.enum(pairForms).default(d.pairsAs),
  turns: z.enum(turnChoices).default(d.turns),
  special_tokens: z.enum(specialTokenChoices).default(d.specialTokens),
  ...engineArguments,
  wait_seconds: waitArgument(0),
});

function settingsOf(args: z.output<typeof input>): RunSettings {
  const settings = {
    ...d,
    ...engineSettings(args),
    ...{ alpha: args.alpha, rho: args.rho, rhoMax: args.rho_max, topN: args.top_n, samples: args.samples },
    ...{ seed: args.seed, holdout: args.holdout, maxLength: args.max_length, format: args.format, turns: args.turns },
    ...{ promptField: args.prompt_field, responseField: args.response_field, pairsAs: args.pairs_as },
    specialTokens: args.special_tokens,
  };
  checkSettings(settings);
  return settings;
}

export const startRun = defineTool({
  name: 'start_run',
  title: 'Start a run',
  description:
    'Start a run in the background: measure base and SFT on the calibration, choose target tokens, attribute their logits to neurons, and write a ' +
    'run record. Writes no checkpoint. Takes minutes to hours by size; answers with a job for follow_job. A run that was stopped goes on when it is ' +
    'started again with the same arguments.',
  effect: 'writes',
  input,
  question: ({ base, sft, record }) =>
    `Run the models "${sft}" and "${base}" on the calibration, and write the run record "${record}"?`,
  async run(args, context): Promise<ToolDocument> {
    const { roots } = context;
    const settings = settingsOf(args);
    const inputs = {
      base: (await roots.checkpoint(args.base)).folder,
      sft: (await roots.checkpoint(args.sft)).folder,
      calibration: await roots.calibration(args.calibration),
    };
    const record = await roots.free(args.record, 'record');
    // Its other half and its folder of unfinished work may be links that lead elsewhere.
    for (const path of Object.values(recordPaths(record))) await roots.inside(path);
    return startedJob({ kind: 'run', title: 'Run', wait: args.wait_seconds }, context, async (running) =>
      runSummary(await attributionRun({ inputs, outputs: { record }, settings, overwrite: false }, running)),
    );
  },
});
