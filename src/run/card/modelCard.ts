import { stringify } from 'yaml';
import { checkpointRecipeName } from '../../recipe/recipeTable.ts';
import { calibrationList } from '../../record/calibrationInputs.ts';
import { heavyResetWarning, type ResetSummary } from '../../record/run/resetReport.ts';
import type { Means, Measurement, RunRecord } from '../../record/run/runRecord.ts';
import type { OutputDtype } from '../../settings/outputDtype.ts';
import { program } from '../../settings/programInfo.ts';
import { codeBlock, inlineCode, markdownText } from './markdown.ts';
import type { ParentCard, StatedLicence } from './parentCard.ts';
import { repeatCommand } from './repeatCommand.ts';
import { figureName } from './resetFigure.ts';

/* The model card of a committed checkpoint: metadata as the Hub reads them, and what was done, in the reader's words. */

/** Name that the SFT checkpoint's own card gets beside it. */
export const sftCardName = 'README.sft.md';

const paper = 'https://arxiv.org/abs/2606.09932';

export interface CardSource {
  readonly record: RunRecord;
  readonly alpha: number;
  readonly rho: number;
  readonly dtype: OutputDtype | undefined;
  /** ISO date and time. */
  readonly committed: string;
  /** Undefined: fusion only. */
  readonly reset: ResetSummary | undefined;
  readonly base: ParentCard;
  readonly sft: ParentCard;
}

/** The licence that every parent states that states one; undefined where none does, or they differ. */
function sharedLicence({ base, sft }: CardSource): StatedLicence | undefined {
  const [first, second] = [sft.licence, base.licence].filter((each) => each !== undefined);
  if (first === undefined) return undefined;
  const differ = second !== undefined && JSON.stringify(first) !== JSON.stringify(second);
  return differ ? undefined : first;
}

/** Metadata by the Hub's rules; a field without a value is left out. */
function metadata(source: CardSource): Record<string, unknown> {
  const parents = [...new Set([source.base.hubId, source.sft.hubId])].filter((id) => id !== undefined);
  const licence = sharedLicence(source);
  return {
    ...(licence && Object.fromEntries(Object.entries(licence).filter(([, value]) => value !== undefined))),
    library_name: 'transformers',
    pipeline_tag: 'text-generation',
    ...(parents.length > 0 && { base_model: parents, base_model_relation: 'merge' }),
    tags: ['merge', 'rejuvenation', 'arxiv:2606.09932'],
  };
}

function named({ hubId, folder }: ParentCard): string {
  return hubId === undefined ? inlineCode(folder) : `[${markdownText(hubId)}](https://huggingface.co/${hubId})`;
}

function percent(ratio: number): string {
  return `${(100 * ratio).toFixed(2)} %`;
}

function doneText(source: CardSource): string {
  const { alpha, rho, reset, base, sft, dtype } = source;
  const fused =
    `The SFT checkpoint ${named(sft)} was fused with its base ${named(base)}: ` +
    `every weight is ${alpha} of the SFT's and ${Number((1 - alpha).toPrecision(12))} of the base's (α = ${alpha}).`;
  const then =
    reset === undefined
      ? 'No neuron was reset (ρ = 0).'
      : `Then ${reset.neurons.toLocaleString('en-US')} neurons, ${percent(reset.neuronRatio)} of all (ρ = ${rho}), ` +
        `were reset to the base: those that contribute most to the tokens on which the SFT checkpoint has become far more certain than its base.`;
  return `${fused} ${then}${dtype === undefined ? '' : ` All weights are written as ${dtype}.`}`;
}

function licenceText({ base, sft }: CardSource): string {
  const stated = ({ licence }: ParentCard) =>
    licence === undefined ? 'states no licence here' : `states ${inlineCode(licence.license_name ?? licence.license)}`;
  return `The SFT checkpoint ${stated(sft)}, the base ${stated(base)}. This file grants none of its own.`;
}

/** Measurements that the record has: of base, SFT, and of checkpoints that were made just like this one. */
function measured({ record, alpha, rho, dtype }: CardSource): readonly (readonly [string, Measurement])[] {
  const same = record.checkpoints.filter((each) => each.alpha === alpha && each.rho === rho && each.dtype === dtype);
  const own = record.measurements.find(({ folder }) => same.some((each) => each.folder === folder));
  const [base, sft] = record.measurements;
  return [
    ...(base ? ([['base', base]] as const) : []),
    ...(sft ? ([['SFT', sft]] as const) : []),
    ...(own ? ([['rejuvenated', own]] as const) : []),
  ];
}

function table(source: CardSource): string {
  const parts = [
    ['target tokens', 'targets'],
    ['all response tokens', 'all'],
    ['held-out response tokens', 'heldOut'],
  ] as const;
  const rows = parts.flatMap(([label, part]) =>
    measured(source).flatMap(([name, measurement]) => {
      const means: Means | undefined = measurement[part];
      if (means === undefined || means.rows === 0) return [];
      const { rows: tokens, entropy, top1Probability, negativeLogLikelihood } = means;
      const cells = [entropy.toFixed(3), percent(top1Probability), negativeLogLikelihood.toFixed(3)];
      return [`| ${label} | ${name} | ${tokens} | ${cells.join(' | ')} |`];
    }),
  );
  return [
    '| over | checkpoint | tokens | mean entropy (nats) | mean top-1 probability | mean NLL (nats) |',
    '|---|---|---:|---:|---:|---:|',
    ...rows,
  ].join('\n');
}

function measuredText(source: CardSource): string {
  const files = calibrationList(source.record.inputs.calibration).map(
    ({ name, sha256 }) => `- ${inlineCode(name)}, SHA-256 \`${sha256}\``,
  );
  const own = measured(source).some(([name]) => name === 'rejuvenated');
  const missing = own
    ? ''
    : '\n\nThe rejuvenated checkpoint had not been measured when this was written: `rejuvenate verify` measures it.';
  return (
    `Teacher-forced, on ${source.record.samples.length} samples of the calibration:\n\n${files.join('\n')}\n\n` +
    `${table(source)}${missing}`
  );
}

/**
 * The text of `README.md`. Names, folders and whatever else comes from elsewhere are data in it, never markup.
 *
 * @returns Markdown with the Hub's metadata before it
 */
export function modelCard(source: CardSource): string {
  const { record, alpha, rho, dtype, reset, committed, sft } = source;
  const warning = reset && heavyResetWarning(reset);
  const name = sft.hubId ?? sft.folder.split(/[\\/]/).at(-1) ?? '';
  const sections = [
    `---\n${stringify(metadata(source), { lineWidth: 0 })}---`,
    `# ${markdownText(name)}, rejuvenated`,
    doneText(source),
    `The method is [Rejuvenation](${paper}). It was done on ${committed.slice(0, 10)} by ${program.name} ${program.version}; ` +
      '`rejuvenation.json` lists every file with its hash and every neuron that was reset.',
    ...(warning === undefined ? [] : [`**Warning.** ${warning}`]),
    ...(reset === undefined ? [] : [`![Share of neurons reset, by module and layer](${figureName})`]),
    `## Measured\n\n${measuredText(source)}`,
    `## What this does not show\n\nThe table is teacher-forced entropy on the data named above. It says neither how good the answers of this checkpoint are ` +
      'nor what RL will make of it: measure both before relying on it. The repair is made for RL to follow, and may cost accuracy before it.',
    `## Made again by\n\n\`rejuvenate run ${checkpointRecipeName}\`, the recipe in this folder, which says every setting. Or, all in one line:\n\n` +
      `${codeBlock(repeatCommand(record, { alpha, rho, dtype }), 'sh')}\n\n` +
      'Folders are named as they were where it was made. On another device or within another memory budget the last bits of scores, and with them single neurons at the edge, may differ.',
    `## Licence\n\n${licenceText(source)}`,
  ];
  return `${sections.join('\n\n')}\n`;
}
