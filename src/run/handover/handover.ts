import { join } from 'node:path';
import { folderContents } from '../../checkpoint/folder/folderContents.ts';
import { locateCheckpoint } from '../../checkpoint/folder/locateCheckpoint.ts';
import { openCheckpoint } from '../../checkpoint/openCheckpoint.ts';
import { InputError } from '../../errors.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { quotedPath } from '../../files/reading/shown.ts';
import { isJsonObject, parseBoundedJson } from '../../files/reading/strictJson.ts';
import { readTextFile } from '../../files/reading/textFile.ts';
import { manifestName } from '../../files/writing/manifestName.ts';
import { type HandoverCheck, handoverChecks } from './handoverChecks.ts';
import { startCommand } from './handoverCommand.ts';
import { type ReadinessAdvice, readinessAdvice } from './handoverReadiness.ts';
import { megatronConversion } from './megatronConversion.ts';
import { type Trainer, type TrainerName, trainers } from './trainers.ts';

/* Hands a checkpoint over to an RL trainer: checks it, and says how the trainer is started from it. Nothing is written or run. */

/** The paper's own settings of rejuvenation (arXiv 2606.09932). Those of its RL runs are not known here. */
export const paperSettings = { alpha: 0.5, rho: 0.01 } as const;

export interface Handover {
  readonly checkpoint: string;
  readonly trainer: Trainer;
  readonly checks: readonly HandoverCheck[];
  /** As its `rejuvenation.json` says; undefined where there is none. */
  readonly made: { readonly alpha: number; readonly rho: number } | undefined;
  readonly readiness: ReadinessAdvice | undefined;
  /** To be run before. */
  readonly conversion: string | undefined;
  readonly command: string;
  readonly notes: readonly string[];
}

async function readMade(folder: string): Promise<Handover['made']> {
  const path = join(folder, manifestName);
  const value = parseBoundedJson(await readTextFile(path, inputKinds.record), `"${path}"`);
  const { alpha, rho } = isJsonObject(value) ? value : {};
  if (typeof alpha === 'number' && typeof rho === 'number') return { alpha, rho };
  throw new InputError(
    `${quotedPath(path)} does not say the alpha and rho of a committed checkpoint: is it another program's?`,
  );
}

function settingNotes(trainer: Trainer, readiness: ReadinessAdvice | undefined): string[] {
  const names = trainer.arguments;
  if (readiness?.groupSize !== undefined) return [];
  return [
    `${names.groupSize} is not given: ${trainer.label}'s default holds. GRPO learns from the differences within a group, and needs more ` +
      'than one answer to a prompt. `rejuvenate readiness` predicts how many groups are dead at each size.',
  ];
}

/**
 * @param named a folder, or a model of the local Hub cache
 * @param readiness path of a readiness record that measured it
 * @throws InputError where the trainer could not be started from it, saying what is missing
 */
export async function handover(named: string, to: TrainerName, readiness?: string): Promise<Handover> {
  const { folder, kind, notes } = await locateCheckpoint(named);
  const trainer = trainers[to];
  if (kind === 'adapter') {
    throw new InputError(
      `${quotedPath(folder)} is a LoRA adapter: commit or merge it first, ${trainer.label} starts from whole weights.`,
    );
  }
  const checkpoint = await openCheckpoint(folder);
  const { names } = await folderContents(folder);
  const checks = await handoverChecks(checkpoint, trainer, names);
  const made = names.has(manifestName) ? await readMade(folder) : undefined;
  const advice = readiness === undefined ? undefined : await readinessAdvice(readiness, checkpoint);
  const conversion = to === 'slime' ? megatronConversion(folder, checkpoint.architecture) : undefined;
  const command = startCommand(trainer, {
    model: folder,
    ...(conversion && { reference: conversion.folder }),
    ...(advice?.groupSize !== undefined && { groupSize: advice.groupSize }),
    ...(advice?.temperature !== undefined && { temperature: advice.temperature }),
    ...(advice?.responseLength !== undefined && { responseLength: advice.responseLength }),
    template: checks.every(({ what, warning }) => what !== 'chat template' || warning === undefined),
  });
  return {
    checkpoint: folder,
    trainer,
    checks,
    made,
    readiness: advice,
    conversion: conversion?.command,
    command: conversion === undefined ? command : `${command} \\\n  "\${MODEL_ARGS[@]}"`,
    notes: [...notes, ...settingNotes(trainer, advice), ...(conversion?.notes ?? [])],
  };
}
