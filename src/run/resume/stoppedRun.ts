import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { heldOutCount } from '../../calibration/heldOut.ts';
import { readSafetensorsHeader } from '../../checkpoint/safetensors/safetensorsFile.ts';
import { InputError } from '../../errors.ts';
import { exists } from '../../files/reading/exists.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { readAt } from '../../files/reading/readAt.ts';
import { readInput, withInput } from '../../files/reading/readInput.ts';
import { readTextFile } from '../../files/reading/textFile.ts';
import { writeFileWhole } from '../../files/writing/stagedFile.ts';
import { recordSuffix } from '../../record/run/recordPaths.ts';
import { checkSettings, defaultSettings, type RunSettings } from '../../settings/runSettings.ts';
import type { RunInputs, RunOutputs } from '../files/runOutputs.ts';
import { finishedSamples } from './resumeLog.ts';
import { attributionName, logNames, requestName } from './resumeStore.ts';

/*
 * What an unfinished run was asked for, kept beside what it has finished, so that it can be shown and taken up without
 * being asked for again.
 */

/** A run as it was asked for. */
export interface RunRequest {
  readonly inputs: RunInputs;
  /** The checkpoint apart: it is asked for when the record is there. */
  readonly outputs: Pick<RunOutputs, 'record' | 'scores'>;
  readonly settings: RunSettings;
  /** Samples of the calibration that are used. */
  readonly samples: number;
}

/** An unfinished run and how far it is. */
export interface StoppedRun extends RunRequest {
  readonly phase: 'base entropy' | 'SFT entropy' | 'attribution';
  /** Samples that the phase has finished. */
  readonly done: number;
  /** Samples that it has to finish: attribution passes those held out over. */
  readonly toDo: number;
}

const requestSchema = z.object({
  inputs: z.object({
    base: z.string(),
    sft: z.string(),
    calibration: z.array(z.string()).min(1),
    tokenizer: z.string().optional(),
  }),
  outputs: z.object({ record: z.string(), scores: z.string().optional() }),
  settings: z.record(z.string(), z.unknown()),
  samples: z.int().nonnegative(),
});

/** A path that holds wherever it is read; what is no path stays as it was given. */
async function lasting(path: string): Promise<string> {
  return (await exists(path)) ? resolve(path) : path;
}

/** @throws InputError when the folder cannot be written */
export async function writeRequest(folder: string, { inputs, outputs, settings, samples }: RunRequest): Promise<void> {
  const { base, sft, calibration, tokenizer } = inputs;
  const { record, scores } = outputs;
  const { chatTemplate } = settings;
  const request: RunRequest = {
    inputs: {
      base: await lasting(base),
      sft: await lasting(sft),
      calibration: await Promise.all(calibration.map(lasting)),
      ...(tokenizer === undefined ? {} : { tokenizer: await lasting(tokenizer) }),
    },
    outputs: { record: resolve(record), ...(scores === undefined ? {} : { scores: resolve(scores) }) },
    settings: { ...settings, chatTemplate: chatTemplate === '' ? '' : await lasting(chatTemplate) },
    samples,
  };
  const text = JSON.stringify(request, null, 1);
  await writeFileWhole(join(folder, requestName), new TextEncoder().encode(text), true);
}

/** Settings of this version; what another one kept and this one does not know, or knows otherwise, is left out. */
export function settingsFrom(kept: Readonly<Record<string, unknown>>): RunSettings {
  const known = Object.entries(defaultSettings).map(([key, otherwise]: [string, unknown]) => {
    const value = kept[key];
    const alike = Array.isArray(otherwise)
      ? Array.isArray(value) && value.every((each) => typeof each === 'string')
      : typeof value === typeof otherwise;
    return [key, alike ? value : otherwise] as const;
  });
  const settings: RunSettings = { ...defaultSettings, ...Object.fromEntries(known) };
  checkSettings(settings);
  return settings;
}

async function measuredSamples(log: string): Promise<number> {
  if (!(await exists(log))) return 0;
  return finishedSamples((await readInput(log, inputKinds.unfinished)).bytes);
}

/** The first of the two numbers that the saved attribution has beside its sums. */
async function attributedSamples(path: string): Promise<number> {
  if (!(await exists(path))) return 0;
  const { tensors, dataStart } = await readSafetensorsHeader(path, undefined, inputKinds.unfinished);
  const counts = tensors.find(({ name, dtype }) => name === 'samples_targets' && dtype === 'I32');
  if (counts === undefined || counts.end - counts.begin < 4) return 0;
  const bytes = await withInput(path, inputKinds.unfinished, (handle) => readAt(handle, dataStart + counts.begin, 4));
  return bytes.length === 4 ? Math.max(0, new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true)) : 0;
}

/**
 * Reads what an unfinished run was asked for and how far it is.
 *
 * @param folder `NAME.rejuvenation.partial`
 * @throws InputError when it keeps no request, or one that cannot be read
 */
export async function readStoppedRun(folder: string): Promise<StoppedRun> {
  const path = join(folder, requestName);
  const text = await readTextFile(path, inputKinds.config);
  let request: z.infer<typeof requestSchema>;
  try {
    request = requestSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new InputError(`"${path}" does not say what its run was asked for.`, { cause: error });
  }
  const { inputs, samples } = request;
  const { record, scores } = request.outputs;
  if (basename(record).slice(0, -recordSuffix.length) !== basename(folder).replace(/\.rejuvenation\.partial$/, '')) {
    throw new InputError(`"${path}" belongs to another run, of the record "${record}".`);
  }
  const [base, sft] = await Promise.all(
    [logNames.base, logNames.sft].map((name) => measuredSamples(join(folder, name))),
  );
  const settings = settingsFrom(request.settings);
  const progress: Pick<StoppedRun, 'phase' | 'done' | 'toDo'> =
    base! < samples
      ? { phase: 'base entropy', done: base!, toDo: samples }
      : sft! < samples
        ? { phase: 'SFT entropy', done: sft!, toDo: samples }
        : {
            phase: 'attribution',
            done: await attributedSamples(join(folder, attributionName)),
            toDo: samples - heldOutCount(samples, settings.holdout),
          };
  return { inputs, outputs: { record, scores }, settings, samples, ...progress };
}
