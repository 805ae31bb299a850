import { resolve } from 'node:path';
import { placeOf } from '../checkpoint/checkpoint.ts';
import { checkUnchanged } from '../checkpoint/unchanged.ts';
import type { Engine } from '../engine/process/engine.ts';
import { InputError, Interrupted } from '../errors.ts';
import type { Lock } from '../files/locks/lock.ts';
import { ChangedInput } from '../files/reading/fileIdentity.ts';
import { quotedPath } from '../files/reading/shown.ts';
import type { MergedAdapters } from '../merge/mergedAdapters.ts';
import { neuronLayout } from '../method/neuronLayout.ts';
import { resetBudget } from '../method/resetSet.ts';
import { settleRecord } from '../record/run/cutOffWrite.ts';
import { type OpenRecord, type RecordDraft, writeRecord } from '../record/run/recordFile.ts';
import { lockForRun } from '../record/run/recordLock.ts';
import { recordPaths } from '../record/run/recordPaths.ts';
import { checkSettings, type RunSettings, topTokens } from '../settings/runSettings.ts';
import { recordDraft } from './attribution/recordDraft.ts';
import { completionBy } from './attribution/recordedVocabulary.ts';
import { attributeTargets } from './attribution/runAttribution.ts';
import { fingerprintOf, type Loaded, load } from './attribution/runLoad.ts';
import { type MeasuredCheckpoint, measureCheckpoint } from './attribution/runMeasures.ts';
import { targetsOf } from './attribution/runTargets.ts';
import { lockScores, StagedScores, takeBackScores } from './attribution/stagedScores.ts';
import { usingAdapters } from './files/adapters.ts';
import { locateInputs } from './files/locateInputs.ts';
import { checkInputsUnchanged, hashInputs } from './files/provenance.ts';
import { checkOutputs, type RunInputs, type RunOutputs } from './files/runOutputs.ts';
import type { RunContext } from './progress/runContext.ts';
import { deviceEvent, type OnRunEvent, PhaseClock } from './progress/runEvents.ts';
import { ResumeStore } from './resume/resumeStore.ts';
import { writeRequest } from './resume/stoppedRun.ts';

/* A run from its inputs to its record: load, measure base and SFT, select targets, attribute, write. */

export interface AttributionOptions {
  readonly inputs: RunInputs;
  readonly outputs: RunOutputs;
  readonly settings: RunSettings;
  readonly overwrite: boolean;
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new Interrupted('Stopped.');
}

/** What a run has for itself until it ends. */
export async function lockOutputs({ record, scores }: RunOutputs): Promise<readonly Lock[]> {
  const lock = await lockForRun(record);
  try {
    return scores === undefined ? [lock] : [lock, await lockScores(scores)];
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/**
 * Measures base and SFT on the calibration, selects target tokens, attributes them on the SFT checkpoint and writes the
 * run record. Everything is checked before any work. Stopped or killed, the run keeps its finished samples in
 * `NAME.rejuvenation.partial`; the same call takes them up and ends with the same record.
 *
 * @throws InputError for bad input, before anything is written, or when another process has the record
 * @throws Interrupted on abort
 * @throws RunError when the engine fails, or an input changes meanwhile, when nothing is kept
 */
export async function attributionRun(options: AttributionOptions, context: RunContext): Promise<OpenRecord> {
  const { outputs, overwrite } = options;
  checkSettings(options.settings);
  const { inputs, notes } = await locateInputs(options.inputs);
  const sources = { ...inputs, chatTemplate: options.settings.chatTemplate };
  await checkOutputs(sources, outputs, overwrite);
  const locks = await lockOutputs(outputs);
  try {
    // Another run may have been finished just before.
    await checkOutputs(sources, outputs, overwrite);
    await settleRecord(recordPaths(outputs.record), 'take back');
    if (outputs.scores !== undefined) await takeBackScores(outputs.scores);
    return await usingAdapters(context, (adapters) => run({ ...options, inputs }, notes, adapters, context));
  } finally {
    for (const lock of locks) await lock.release();
  }
}

/** @param located notes on which folders and files are meant */
async function run(
  options: AttributionOptions,
  located: readonly string[],
  adapters: MergedAdapters,
  context: RunContext,
): Promise<OpenRecord> {
  const { onEvent, signal } = context;
  const { settings, outputs } = options;
  const clock = new PhaseClock(onEvent);
  const started = new Date().toISOString();
  clock.begin('load');
  const found = await load(options.inputs, settings, adapters, context);
  const loaded = { ...found, notes: [...located, ...found.notes] };
  throwIfAborted(signal);
  for (const text of loaded.notes) onEvent({ type: 'note', text });
  const { device, memoryBytes, processes, threads, weights, precision } = settings;
  const engine = await context.startEngine({ device, memoryBytes, processes, threads, weights, precision, signal });
  try {
    onEvent(deviceEvent(engine));
    const store = await ResumeStore.open(recordPaths(outputs.record).partial, fingerprintOf(settings, loaded, engine));
    if (store.note !== undefined) onEvent({ type: 'note', text: store.note });
    try {
      const samples = loaded.calibration.samples.length;
      await writeRequest(recordPaths(outputs.record).partial, { inputs: options.inputs, outputs, settings, samples });
      return await attributeAndRecord(options, context, { ...loaded, engine, store, clock, started });
    } catch (error) {
      // What was measured may be of either file; nobody is to take it up.
      if (error instanceof ChangedInput) await store.remove();
      throw error;
    } finally {
      store.close();
    }
  } finally {
    await engine.dispose();
  }
}

interface Running extends Loaded {
  readonly engine: Engine;
  readonly store: ResumeStore;
  readonly clock: PhaseClock;
  readonly started: string;
}

async function attributeAndRecord(
  options: AttributionOptions,
  { onEvent, signal }: RunContext,
  running: Running,
): Promise<OpenRecord> {
  const { engine, store, clock, sft, vocabulary, calibration, heldOut, files } = running;
  const { settings, outputs } = options;
  const { samples } = calibration;
  const layout = neuronLayout(sft.architecture);

  // The host is idle while the engine works: it hashes the inputs meanwhile. A failure surfaces where it is awaited.
  const stopHashing = new AbortController();
  const hashes = hashInputs(files, AbortSignal.any([signal, stopHashing.signal]));
  hashes.catch(() => undefined);
  let scores: StagedScores | undefined;
  try {
    const measure = (phase: 'base entropy' | 'SFT entropy', which: 'base' | 'sft'): Promise<MeasuredCheckpoint> => {
      clock.begin(phase);
      const { folder } = running[which];
      const place = placeOf(running[which]);
      const completion = which === 'base' ? completionBy(placeOf(sft), vocabulary) : undefined;
      const work = { engine, folder, place, completion, samples, topTokens, phase, signal, onEvent, log: store[which] };
      return measureCheckpoint(work);
    };
    announceResume(onEvent, store, samples.length);
    const baseMeasured = await measure('base entropy', 'base');
    const sftMeasured = await measure('SFT entropy', 'sft');

    clock.begin('attribution');
    const targets = targetsOf(samples, baseMeasured.measures, sftMeasured.measures, settings.topN, heldOut);
    if (targets.total === 0) {
      throw new InputError(
        `${options.inputs.calibration.map(quotedPath).join(', ')} has no response token that a prompt or token precedes.`,
      );
    }
    if (outputs.scores !== undefined) scores = await StagedScores.open(outputs.scores, targets, layout.total);
    const attributed = await attributeTargets({
      engine,
      folder: sft.folder,
      place: placeOf(sft),
      targets,
      neurons: layout.total,
      layers: sft.architecture.layers,
      budget: resetBudget(settings.rho, layout.total),
      rankLimit: resetBudget(settings.rhoMax, layout.total),
      scores,
      store,
      signal,
      onEvent,
    });
    const inputs = await hashes;

    clock.begin('rank');
    const assembled = await recordDraft(
      running,
      engine,
      settings,
      { baseMeasured, sftMeasured, attributed, targets },
      running.started,
      signal,
    );
    // Nothing is read of them from here on.
    await checkInputsUnchanged(files, inputs, signal);
    if (sft.merged !== undefined) await checkUnchanged(sft, 'while it was measured');
    throwIfAborted(signal);
    await scores?.publish(options.overwrite);
    clock.end();
    const draft: RecordDraft = {
      ...assembled.draft,
      inputs,
      ...(outputs.scores === undefined ? {} : { scores: resolve(outputs.scores) }),
      run: { ...assembled.draft.run, phases: clock.times },
    };
    const record = await writeRecord(outputs.record, draft, layout, assembled.arrays, options.overwrite);
    await scores?.done();
    const left = await store.remove();
    if (left !== undefined) onEvent({ type: 'note', text: left });
    return { path: recordPaths(outputs.record).json, record, layout, arrays: assembled.arrays };
  } catch (error) {
    if (!options.overwrite) await scores?.takeBack();
    throw error;
  } finally {
    stopHashing.abort();
    scores?.close();
  }
}

function announceResume(onEvent: OnRunEvent, store: ResumeStore, total: number): void {
  const base = store.base.restored.length;
  const sft = store.sft.restored.length;
  if (base === 0) return;
  onEvent({
    type: 'note',
    text: `Taking up an unfinished run: base measured on ${base} of ${total} samples, SFT on ${sft} of ${total}.`,
  });
}
