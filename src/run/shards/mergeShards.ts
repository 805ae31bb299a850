import { isAbsolute, join, resolve } from 'node:path';
import { checkUnchanged } from '../../checkpoint/unchanged.ts';
import { InputError, Interrupted } from '../../errors.ts';
import { exists } from '../../files/reading/exists.ts';
import { shownReason } from '../../files/reading/shown.ts';
import type { MergedAdapters } from '../../merge/mergedAdapters.ts';
import { neuronLayout } from '../../method/neuronLayout.ts';
import { resetBudget } from '../../method/resetSet.ts';
import type { Phase, PhaseTime } from '../../record/phases.ts';
import { settleRecord } from '../../record/run/cutOffWrite.ts';
import { type OpenRecord, type RecordDraft, writeRecord } from '../../record/run/recordFile.ts';
import { recordPaths } from '../../record/run/recordPaths.ts';
import type { RunSettings } from '../../settings/runSettings.ts';
import { recordDraft } from '../attribution/recordDraft.ts';
import { type Loaded, load } from '../attribution/runLoad.ts';
import { targetsOf } from '../attribution/runTargets.ts';
import { takeBackScores } from '../attribution/stagedScores.ts';
import { lockOutputs } from '../attributionRun.ts';
import { usingAdapters } from '../files/adapters.ts';
import { locateInputs } from '../files/locateInputs.ts';
import { checkInputsUnchanged, hashInputs } from '../files/provenance.ts';
import { checkOutputs, type RunInputs } from '../files/runOutputs.ts';
import type { RunContext } from '../progress/runContext.ts';
import { PhaseClock } from '../progress/runEvents.ts';
import { differences } from '../resume/resumeStore.ts';
import { settingsFrom } from '../resume/stoppedRun.ts';
import { type GivenPartials, givenPartials } from './givenPartials.ts';
import { MergedScores } from './mergedScores.ts';
import { readAttribution } from './shardAttribution.ts';
import { removeShardFolder } from './shardFolder.ts';
import { readMeasures } from './shardMeasures.ts';
import { pinsOf, warnOfHardware } from './shardPins.ts';
import { rangesOf } from './shardPlace.ts';

/* Joins the partials of all shards into the record that one process would have written. */

export interface MergeOptions {
  /** Partials, or folders of them. */
  readonly partials: readonly string[];
  readonly record: string;
  /** Where every target's scores go, which the partials must hold then. */
  readonly scores?: string | undefined;
  readonly overwrite: boolean;
  /** Folders of partials stay. */
  readonly keep: boolean;
}

/**
 * Joins partials into a run record. Inputs and settings are those that the partials name; the checkpoints are opened, and
 * nothing of their weights is computed with.
 *
 * @throws InputError naming partials that are missing, doubled, damaged or of another run, or an input that is another by now
 * @throws Interrupted on abort; nothing has changed then
 */
export async function mergeShards(options: MergeOptions, context: RunContext): Promise<OpenRecord> {
  const given = await givenPartials(options.partials);
  const asked = settingsFrom(given.header.request.settings);
  const from = fromFolder(given.header.request.folder);
  const settings = { ...asked, chatTemplate: await from(asked.chatTemplate) };
  const { inputs, notes } = await locateInputs(await inputsOf(given, from));
  const sources = { ...inputs, chatTemplate: settings.chatTemplate };
  const outputs = { record: options.record, scores: options.scores };
  await checkOutputs(sources, outputs, options.overwrite);
  const locks = await lockOutputs(outputs);
  let record: OpenRecord;
  try {
    // Another may have been finished just before.
    await checkOutputs(sources, outputs, options.overwrite);
    await settleRecord(recordPaths(options.record), 'take back');
    if (options.scores !== undefined) await takeBackScores(options.scores);
    record = await usingAdapters(context, (adapters) =>
      merge(options, { given, settings, inputs, located: notes }, adapters, context),
    );
  } finally {
    for (const lock of locks) await lock.release();
  }
  for (const folder of options.keep ? [] : given.folders) {
    const left = await removeShardFolder(folder);
    if (left !== undefined) context.onEvent({ type: 'note', text: left });
  }
  return record;
}

type Placed = (path: string) => Promise<string>;

/** Gives paths that were relative to a folder as they hold from here; what is no path stays as it is. */
function fromFolder(folder: string): Placed {
  if (folder === process.cwd()) return async (path) => path;
  return async (path) => {
    const there = join(folder, path);
    return path !== '' && !isAbsolute(path) && (await exists(there)) ? there : path;
  };
}

async function inputsOf({ header }: GivenPartials, from: Placed): Promise<RunInputs> {
  const { base, sft, calibration, tokenizer } = header.request.inputs;
  return {
    base: await from(base),
    sft: await from(sft),
    calibration: await Promise.all(calibration.map(from)),
    ...(tokenizer !== undefined && { tokenizer: await from(tokenizer) }),
  };
}

interface Merged {
  readonly given: GivenPartials;
  readonly settings: RunSettings;
  readonly inputs: RunInputs;
  /** Notes on which folders and files are meant. */
  readonly located: readonly string[];
}

async function merge(
  { record, scores: scoresPath, overwrite }: MergeOptions,
  { given, settings, inputs, located }: Merged,
  adapters: MergedAdapters,
  context: RunContext,
): Promise<OpenRecord> {
  const { onEvent, signal } = context;
  const { header, paths, headers, count } = given;
  const clock = new PhaseClock(onEvent);
  clock.begin('load');
  const found = await load(inputs, settings, adapters, context);
  const loaded = { ...found, notes: [...located, ...found.notes] };
  for (const text of loaded.notes) onEvent({ type: 'note', text });
  checkInputs(given, settings, loaded);
  warnOfHardware([...new Set(headers.flatMap(({ hardware }) => hardware))], onEvent);
  const { sft, base, calibration, heldOut, files } = loaded;
  const { samples } = calibration;
  const ranges = rangesOf(samples, count);
  const own = { ...header, targets: undefined, scores: undefined };
  const baseMeasured = await readMeasures(paths.base, ranges, own, samples, base.folder);
  stopIfAborted(signal);
  const sftMeasured = await readMeasures(paths.sft, ranges, own, samples, sft.folder);
  stopIfAborted(signal);
  const targets = targetsOf(samples, baseMeasured.measures, sftMeasured.measures, settings.topN, heldOut);
  const layout = neuronLayout(sft.architecture);
  const summed = {
    folder: sft.folder,
    targets,
    neurons: layout.total,
    layers: sft.architecture.layers,
    budget: resetBudget(settings.rho, layout.total),
    rankLimit: resetBudget(settings.rhoMax, layout.total),
  };
  const kept = scoresPath === undefined ? undefined : await MergedScores.open(scoresPath, targets, layout.total);
  try {
    const attributed = await readAttribution(paths.attribution, ranges, own, summed, signal, kept);
    const known = new Map([...baseMeasured.hashes, ...sftMeasured.hashes]);
    const hashes = await hashInputs(files, signal, known);
    clock.begin('rank');
    const started = headers.map((each) => each.started).sort()[0]!;
    const { processes, refused, device, runtimeVersion, products } = header.engine;
    const engine = {
      ...{ processes, device, runtimeVersion, products },
      refused: refused.map((each) => ({ ...each, available: false })),
    };
    const results = { baseMeasured, sftMeasured, attributed, targets };
    const assembled = await recordDraft(loaded, engine, settings, results, started, signal);
    await checkInputsUnchanged(files, hashes, signal);
    if (sft.merged !== undefined) await checkUnchanged(sft, 'while it was merged');
    stopIfAborted(signal);
    await kept?.publish(overwrite);
    clock.end();
    const worked: Partial<Record<Phase, number>> = {
      'base entropy': baseMeasured.seconds,
      'SFT entropy': sftMeasured.seconds,
      attribution: attributed.seconds,
    };
    const phases: PhaseTime[] = [
      ...clock.times.filter(({ phase }) => phase === 'load'),
      ...Object.entries(worked).map(([phase, seconds]) => ({ phase: phase as Phase, seconds })),
      ...clock.times.filter(({ phase }) => phase === 'rank'),
    ];
    const draft: RecordDraft = {
      ...assembled.draft,
      inputs: hashes,
      ...(scoresPath !== undefined && { scores: resolve(scoresPath) }),
      run: { ...assembled.draft.run, phases },
    };
    const written = await writeRecord(record, draft, layout, assembled.arrays, overwrite);
    await kept?.done();
    return { path: recordPaths(record).json, record: written, layout, arrays: assembled.arrays };
  } catch (error) {
    if (!overwrite) await kept?.takeBack();
    throw error;
  } finally {
    kept?.end();
  }
}

function stopIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new Interrupted('Stopped.');
}

/** Checks that the partials are of these inputs and this program. */
function checkInputs({ header, count }: GivenPartials, settings: RunSettings, loaded: Loaded): void {
  const changed = differences(header.pins, pinsOf(settings, loaded, header.engine, count));
  if (changed.length === 0) return;
  throw new InputError(
    `The partials were made with another ${shownReason(changed.join(', '))} than there is now: ` +
      `bring back what was there, or make them again. ("${header.request.folder}" is where they were asked for.)`,
  );
}
