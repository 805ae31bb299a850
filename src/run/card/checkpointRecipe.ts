import { checkpointRecipeName } from '../../recipe/recipeTable.ts';
import { type RecipeContent, recipeText } from '../../recipe/recipeText.ts';
import { calibrationList } from '../../record/calibrationInputs.ts';
import type { RunRecord } from '../../record/run/runRecord.ts';
import type { OutputDtype } from '../../settings/outputDtype.ts';
import { program } from '../../settings/programInfo.ts';
import type { ParentCard } from './parentCard.ts';

/* The recipe inside a committed checkpoint: what makes it again, from the same inputs. */

/**
 * Where its recipe puts what it makes: beside the checkpoint that it lies in. The name is always this one, so that a checkpoint
 * that was made by it has the same recipe, byte for byte.
 */
const again = '../rejuvenated-again';

interface Made {
  readonly record: RunRecord;
  readonly alpha: number;
  readonly rho: number;
  readonly dtype: OutputDtype | undefined;
  readonly base: Pick<ParentCard, 'hubId'>;
  readonly sft: Pick<ParentCard, 'hubId'>;
}

/** Settings that decide the result, every one of them said: what is usual may change. */
function settingsOf({ settings, engine, inputs }: RunRecord): RecipeContent {
  const { promptField, responseField, templateArgs, memoryBytes, threads } = settings;
  return {
    alpha: settings.alpha,
    rho: settings.rho,
    'rho-max': settings.rhoMax,
    'top-n': settings.topN,
    'max-length': settings.maxLength,
    samples: settings.samples === 0 ? 'all' : settings.samples,
    seed: settings.seed,
    holdout: settings.holdout,
    format: settings.format,
    ...(promptField !== '' && { 'prompt-field': promptField }),
    ...(responseField !== '' && { 'response-field': responseField }),
    'pairs-as': settings.pairsAs,
    turns: settings.turns,
    ...(inputs.chatTemplate !== undefined && { 'chat-template': inputs.chatTemplate.name }),
    ...(templateArgs.length > 0 && { 'template-arg': templateArgs }),
    'special-tokens': settings.specialTokens,
    'renamed-rows': settings.renamedRows,
    device: engine.device,
    ...(memoryBytes > 0 && { memory: memoryBytes }),
    ...(threads > 0 && { threads }),
    weights: settings.weights,
    precision: settings.precision,
  };
}

function comment({ record, base, sft }: Made, out: string): string[] {
  const { name, version } = program;
  const lines =
    out === again
      ? [
          `What makes the checkpoint in this folder again (${name} ${version}): rejuvenate run ${checkpointRecipeName}`,
          'Inputs are named as they were where it was made; their hashes are in rejuvenation.json.',
        ]
      : [`What makes a run again, as its record tells it (${name} ${version}). Inputs are named as they were.`];
  for (const [name, { hubId }] of [
    ['base', base],
    ['sft', sft],
  ] as const) {
    if (hubId !== undefined) lines.push(`The ${name} is ${hubId} of the Hub.`);
  }
  if (record.settings.memoryBytes === 0) {
    lines.push('Its memory budget was what was free, which can decide the last bits of scores.');
  }
  return lines;
}

/**
 * The recipe of one checkpoint that was made from a record. Whatever comes from elsewhere is data in it.
 *
 * @param out where it puts what it makes; left out: beside the checkpoint that it lies in
 */
export function checkpointRecipe(made: Made, out = again): string {
  const { record, alpha, rho, dtype } = made;
  const { inputs, settings } = record;
  const other = { ...(alpha !== settings.alpha && { alpha }), ...(rho !== settings.rho && { rho }) };
  const calibration = calibrationList(inputs.calibration).map(({ name }) => name);
  return recipeText(
    {
      base: inputs.base.folder,
      sft: inputs.sft.folder,
      calibration,
      ...(inputs.tokenizer !== undefined && { tokenizer: inputs.tokenizer.name }),
      ...settingsOf(record),
      outputs: [{ out, ...other, ...(dtype !== undefined && { dtype }) }],
    },
    comment(made, out),
  );
}
