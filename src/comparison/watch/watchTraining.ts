import { stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { calibrationFiles } from '../../calibration/files/calibrationFiles.ts';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { folderContents } from '../../checkpoint/folder/folderContents.ts';
import { locateCheckpoint } from '../../checkpoint/folder/locateCheckpoint.ts';
import { stepNumbers } from '../../checkpoint/folder/stepName.ts';
import { openCheckpoint } from '../../checkpoint/openCheckpoint.ts';
import { InputError, Interrupted, RunError } from '../../errors.ts';
import { exists } from '../../files/reading/exists.ts';
import { ChangedInput } from '../../files/reading/fileIdentity.ts';
import { realPathOf } from '../../files/reading/realPath.ts';
import { shown, shownCount } from '../../files/reading/shown.ts';
import { lockForReadiness, readReadiness, writeReadiness } from '../../record/readiness/readinessFile.ts';
import { readinessPaths } from '../../record/readiness/readinessPaths.ts';
import type { ReadinessRecord, ReadinessRow } from '../../record/readiness/readinessRecord.ts';
import { checkOutput } from '../../run/files/outputPaths.ts';
import { describeCalibration, hashCalibration } from '../../run/files/provenance.ts';
import { readinessRuns } from '../../run/trackers/readinessRuns.ts';
import { writeStepFiles } from '../../run/trackers/stepFiles.ts';
import { checkSettings, defaultSettings } from '../../settings/runSettings.ts';
import { measureStep, UnusableStep } from './measureStep.ts';
import { Settling } from './settling.ts';
import { type FoundStep, lookAtStep, lookAtSteps, sameFiles } from './trainingSteps.ts';
import { checkContinued, grownRecord, rowOfStep } from './watchedRecord.ts';
import { checkWatchOptions, type WatchClock, type WatchContext, type WatchOptions } from './watchOptions.ts';

/* Follows a training: measures each checkpoint that appears in its folder, once, into a readiness record that grows. */

/** What a watch has come to. */
export interface Watch {
  /** Absolute path of the record; undefined when no step could be measured yet. */
  readonly path: string | undefined;
  readonly record: ReadinessRecord | undefined;
  /** Names of steps that could not be measured. */
  readonly failed: readonly string[];
}

const systemClock: WatchClock = {
  now: () => performance.now(),
  wait: (seconds, signal) => setTimeout(seconds * 1000, undefined, { signal }),
};

/**
 * Measures every step in a training run's folder, and those that appear later, until the signal aborts or what the options say has
 * happened. A step is measured when its files are complete and have stayed as they are for a while; the record is written anew after
 * each, and a watch that finds it leaves out the steps that it has.
 *
 * @throws InputError for bad input, or when another process writes the record
 * @throws Interrupted on abort; the record has what was measured
 */
export async function watchTraining(options: WatchOptions, context: WatchContext): Promise<Watch> {
  checkWatchOptions(options);
  const { lines, out } = options;
  checkSettings({ ...defaultSettings, ...lines.reading });
  const base = options.base === undefined ? undefined : await openCheckpoint((await located(options.base)).folder);
  await folderContents(options.folder);
  const { json } = readinessPaths(out);
  await checkPlaces(options, base, json);
  const lock = await lockForReadiness(out);
  try {
    const hashed = async (named: readonly string[]) => {
      if (named.length === 0) return undefined;
      return hashCalibration(await describeCalibration((await calibrationFiles(named)).paths), context.signal);
    };
    const inputs = { training: await hashed(lines.training), heldOut: await hashed(lines.heldOut), base: base?.folder };
    const record = (await exists(json)) ? await readReadiness(out) : undefined;
    if (record !== undefined) checkContinued(json, record, inputs);
    return await new Follower(options, base, record, context).follow();
  } finally {
    await lock.release();
  }
}

async function located(base: string) {
  const found = await locateCheckpoint(base);
  if (found.kind === 'adapter')
    throw new InputError(`The base "${base}" is a LoRA adapter: give the model it belongs to.`);
  return found;
}

/** Not within what is measured, nor in the place of a file that is read. */
async function checkPlaces(
  { lines, folder, tensorboard }: WatchOptions,
  base: Checkpoint | undefined,
  json: string,
): Promise<void> {
  const { paths } = await calibrationFiles([...new Set([...lines.training, ...lines.heldOut])]);
  const inputs = [...paths, ...(base === undefined ? [] : [base.folder]), lines.reading.chatTemplate];
  const output = { what: 'readiness record', path: json, kind: 'file' } as const;
  await checkOutput(
    output,
    inputs.filter((path) => path !== ''),
    true,
  );
  // Beside the steps they may lie; within one they would go with it.
  const outputs = [
    ['readiness record', json] as const,
    ...(tensorboard ? [['event files', tensorboard] as const] : []),
  ];
  for (const [what, path] of outputs) {
    const [inside = ''] = relative(await realPathOf(folder), await realPathOf(path)).split(sep);
    if (stepNumbers(inside) === undefined) continue;
    throw new InputError(`The ${what} "${path}" would lie in a step's folder: choose another place.`);
  }
  if (tensorboard === undefined || !(await exists(tensorboard))) return;
  if (!(await stat(tensorboard)).isDirectory())
    throw new InputError(`"${tensorboard}" is not a folder: choose another place.`);
}

interface Grown {
  readonly record: ReadinessRecord;
  /** The rows that are new. */
  readonly fresh: readonly ReadinessRow[];
}

class Follower {
  readonly #options: WatchOptions;
  readonly #base: Checkpoint | undefined;
  readonly #context: WatchContext;
  readonly #clock: WatchClock;
  readonly #settling: Settling;
  #record: ReadinessRecord | undefined;
  /** Steps that could not be measured, as they were then, by name. */
  readonly #failed = new Map<string, FoundStep>();

  constructor(
    options: WatchOptions,
    base: Checkpoint | undefined,
    record: ReadinessRecord | undefined,
    context: WatchContext,
  ) {
    this.#options = options;
    this.#base = base;
    this.#record = record;
    this.#context = context;
    this.#clock = context.clock ?? systemClock;
    this.#settling = new Settling(options.settle);
  }

  async follow(): Promise<Watch> {
    const { once, every, settle, folder } = this.#options;
    const known = this.#record?.rows.filter(({ isBase }) => !isBase).length ?? 0;
    this.#note(`Following "${resolve(folder)}": ${shownCount(known, 'step')} of it measured before.`);
    // What a kill kept from being written.
    await this.#writeEvents(new Set());
    for (let looks = 1; ; looks++) {
      const waiting = await this.#look();
      if (this.#reached() || (once && (waiting.length === 0 || looks > 1))) {
        for (const { name } of waiting)
          this.#note(`${shown(name)} is still being written, and is left for another time.`);
        return this.#result();
      }
      // A little more than it takes, since timers are not exact.
      await this.#wait(waiting.length === 0 ? every : once ? settle + 0.05 : Math.min(every, settle + 0.05));
    }
  }

  async #writeEvents(anew: ReadonlySet<string>): Promise<void> {
    const { tensorboard, out } = this.#options;
    if (tensorboard === undefined || this.#record === undefined) return;
    await writeStepFiles(tensorboard, readinessRuns(out, this.#record), anew);
  }

  #result(): Watch {
    const path = this.#record === undefined ? undefined : readinessPaths(this.#options.out).json;
    return { path, record: this.#record, failed: [...this.#failed.keys()] };
  }

  #note(text: string): void {
    this.#context.onEvent({ type: 'note', text });
  }

  async #wait(seconds: number): Promise<void> {
    const { signal } = this.#context;
    try {
      await this.#clock.wait(seconds, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    if (signal.aborted) throw new Interrupted('Stopped.');
  }

  #reached(): boolean {
    const { until } = this.#options;
    if (until === undefined) return false;
    return this.#record?.rows.some(({ checkpoint, isBase }) => !isBase && (checkpoint?.step ?? -1) >= until) ?? false;
  }

  /** Measures what is settled. @returns the steps that are not yet */
  async #look(): Promise<FoundStep[]> {
    const waiting: FoundStep[] = [];
    for (const found of await lookAtSteps(this.#options.folder)) {
      if (rowOfStep(this.#record, found) !== undefined) continue;
      const failed = this.#failed.get(found.name);
      if (failed !== undefined && sameFiles(failed, found)) continue;
      if (!this.#settling.settled(found, this.#clock.now())) waiting.push(found);
      else if (!(await this.#measured(found))) waiting.push(found);
      if (this.#reached()) break;
    }
    return waiting;
  }

  /** @returns false when the step changed or went meanwhile */
  async #measured(found: FoundStep): Promise<boolean> {
    const path = join(resolve(this.#options.folder), found.name);
    if (!sameFiles(found, await lookAtStep(path, found.name))) return false;
    let grown: Grown;
    try {
      grown = await this.#measure(found);
    } catch (error) {
      const now = await lookAtStep(path, found.name);
      if (error instanceof Interrupted) throw error;
      // It went, or is written anew: whatever went wrong was of that.
      if (error instanceof ChangedInput || !sameFiles(found, now)) return false;
      const ofStep = error instanceof UnusableStep || error instanceof RunError;
      // What was given may be wrong as long as nothing could be measured; later it is the step.
      if (!(ofStep || (error instanceof InputError && this.#record !== undefined))) throw error;
      this.#failed.set(found.name, found);
      this.#context.onEvent({
        type: 'warning',
        text: `Step ${shown(found.name)} is left out: ${(error as Error).message}`,
      });
      return true;
    }
    await writeReadiness(this.#options.out, grown.record, true);
    this.#record = grown.record;
    await this.#writeEvents(new Set(grown.fresh.map(({ name }) => name)));
    this.#failed.delete(found.name);
    for (const row of grown.fresh) await this.#context.onRow(row);
    return true;
  }

  async #measure(found: FoundStep): Promise<Grown> {
    const { out, lines } = this.#options;
    const withBase = this.#base !== undefined && this.#record === undefined;
    const measured = await measureStep(found, this.#base, withBase, lines, this.#context);
    const anew = this.#record?.rows.some(({ name }) => name === found.name) ?? false;
    const notes = anew
      ? [...measured.notes, `${shown(found.name)} was written anew, and measured anew.`]
      : measured.notes;
    const record = grownRecord(readinessPaths(out).json, this.#record, { ...measured, notes });
    return { record, fresh: measured.rows };
  }
}
