import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../../errors.ts';
import { exists } from '../../files/reading/exists.ts';
import { errorCode } from '../../files/reading/fileFault.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { shownReason } from '../../files/reading/shown.ts';
import { readTextFile } from '../../files/reading/textFile.ts';
import { asidesOf } from '../../files/writing/aside.ts';
import { makeFolder, removeFolder, unlink } from '../../files/writing/diskOperations.ts';
import { removeStagedFiles, writeFileWhole } from '../../files/writing/stagedFile.ts';
import { writeFault } from '../../files/writing/writeFault.ts';
import type { ContributionSizes, Contributions } from '../../method/contributions.ts';
import type { NeuronTotals } from '../../method/neuronStatistics.ts';
import { type ArraySpec, doubleArray, floatArray, intArray } from '../../record/arrays/arrays.ts';
import { readArrays, stageArrays } from '../../record/arrays/arraysFile.ts';
import { ResumeLog } from './resumeLog.ts';

/* What an unfinished run keeps on the disk, so that the same command goes on from there. */

/** What a run must have in common with an earlier one to take up its finished samples. */
export type Fingerprint = Readonly<Record<string, unknown>>;

/** Attribution up to and including one sample. */
export interface AttributionState {
  /** Samples finished, of those that have targets: 0…samples-1. */
  readonly samples: number;
  /** `[targets]` of the whole run; entries of unfinished samples are 0. */
  readonly logit: Float64Array;
  readonly reconstructedLogit: Float64Array;
  readonly totals: NeuronTotals;
  readonly contributions: Contributions;
}

const fingerprintName = 'fingerprint.json';
export const attributionName = 'attribution.safetensors';
export const logNames = { base: 'base.log', sft: 'sft.log' } as const;
/** What the run was asked for; see stoppedRun.ts. */
export const requestName = 'request.json';
const ownNames = [fingerprintName, requestName, attributionName, ...Object.values(logNames)];

const fingerprintSchema = z.record(z.string(), z.unknown());

function attributionSpecs({ targets, terms, kept }: ContributionSizes, neurons: number): ArraySpec[] {
  return [
    { name: 'logit', dtype: 'F64', shape: [targets] },
    { name: 'reconstructed_logit', dtype: 'F64', shape: [targets] },
    { name: 'score_sum', dtype: 'F64', shape: [neurons] },
    { name: 'samples_targets', dtype: 'I32', shape: [2] },
    { name: 'best_rank', dtype: 'I32', shape: [neurons] },
    { name: 'hits', dtype: 'I32', shape: [neurons] },
    { name: 'score_max', dtype: 'F32', shape: [neurons] },
    { name: 'terms', dtype: 'F32', shape: [targets, terms] },
    { name: 'top_neurons', dtype: 'I32', shape: [targets, kept] },
    { name: 'top_scores', dtype: 'F32', shape: [targets, kept] },
  ];
}

/** What two of them do not have in common, by name. */
export function differences(one: Fingerprint, other: Fingerprint): string[] {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].filter((key) => JSON.stringify(one[key]) !== JSON.stringify(other[key])).sort();
}

/** Why the folder's content cannot be taken up; undefined when it can or when there is none. */
async function reasonToStartAfresh(folder: string, fingerprint: Fingerprint): Promise<string | undefined> {
  const path = join(folder, fingerprintName);
  if (!(await exists(path))) return undefined;
  const text = await readTextFile(path, inputKinds.config);
  try {
    const changed = differences(fingerprintSchema.parse(JSON.parse(text)), fingerprint);
    if (changed.length === 0) return undefined;
    return `An unfinished run in "${folder}" had another ${shownReason(changed.join(', '))}; starting afresh.`;
  } catch {
    return `The unfinished run in "${folder}" cannot be read; starting afresh.`;
  }
}

/**
 * Checks that the folder is one of an unfinished run, by what is in it, or empty: nothing else is written to, let alone
 * deleted.
 */
async function refuseForeign(folder: string): Promise<void> {
  const info = await lstat(folder);
  if (info.isDirectory()) {
    const names = await readdir(folder);
    if (names.includes(fingerprintName)) return;
    // What a run leaves that is killed while it makes the folder.
    const staged = (await asidesOf(join(folder, fingerprintName), 'file')).length;
    if (names.length === staged) return;
  }
  throw new InputError(
    `"${folder}" is in the place of this run's unfinished work and is no such folder: move it away.`,
  );
}

/** Deletes what a run keeps there; what tells whose the folder is goes last. */
async function clear(folder: string): Promise<void> {
  for (const name of [...ownNames.filter((each) => each !== fingerprintName), fingerprintName]) {
    const path = join(folder, name);
    await unlink(path).catch(ignoreMissing);
    await removeStagedFiles(path);
  }
}

function ignoreMissing(error: unknown): void {
  if (errorCode(error) !== 'ENOENT') throw error;
}

/**
 * What an unfinished run has finished, in a folder beside its record: `fingerprint.json`, what it was asked for, one log of
 * measured samples for each checkpoint, and the attribution up to some sample.
 */
export class ResumeStore {
  readonly base: ResumeLog;
  readonly sft: ResumeLog;
  /** What is to be said about an earlier unfinished run that was not taken up. */
  readonly note: string | undefined;
  readonly #folder: string;

  private constructor(folder: string, note: string | undefined) {
    this.#folder = folder;
    this.note = note;
    this.base = new ResumeLog(join(folder, logNames.base));
    try {
      this.sft = new ResumeLog(join(folder, logNames.sft));
    } catch (error) {
      this.base.drop();
      throw error;
    }
  }

  /**
   * Opens the folder, or makes it. What it holds is dropped when it was made with another fingerprint or is unreadable.
   *
   * @throws InputError when the folder cannot be written
   */
  static async open(folder: string, fingerprint: Fingerprint): Promise<ResumeStore> {
    const path = join(folder, fingerprintName);
    try {
      await makeFolder(folder).catch((error: unknown) => {
        if (errorCode(error) !== 'EEXIST') throw error;
      });
      await refuseForeign(folder);
      const reason = await reasonToStartAfresh(folder, fingerprint);
      const known = reason === undefined && (await exists(path));
      if (!known) {
        await clear(folder);
        await writeFileWhole(path, new TextEncoder().encode(JSON.stringify(fingerprint, null, 1)), true);
      }
      return new ResumeStore(folder, reason);
    } catch (error) {
      throw writeFault(error, folder);
    }
  }

  /** The attribution an earlier run saved; undefined when there is none that fits. */
  async attribution(sizes: ContributionSizes, neurons: number): Promise<AttributionState | undefined> {
    try {
      const arrays = await readArrays(join(this.#folder, attributionName), attributionSpecs(sizes, neurons));
      const [samples, finishedTargets] = intArray(arrays, 'samples_targets');
      return {
        samples: samples!,
        logit: doubleArray(arrays, 'logit'),
        reconstructedLogit: doubleArray(arrays, 'reconstructed_logit'),
        totals: {
          targets: finishedTargets!,
          bestRank: intArray(arrays, 'best_rank'),
          hits: intArray(arrays, 'hits'),
          scoreSum: doubleArray(arrays, 'score_sum'),
          scoreMax: floatArray(arrays, 'score_max'),
        },
        contributions: {
          terms: floatArray(arrays, 'terms'),
          topNeurons: intArray(arrays, 'top_neurons'),
          topScores: floatArray(arrays, 'top_scores'),
        },
      };
    } catch (error) {
      if (error instanceof InputError) return undefined;
      throw error;
    }
  }

  /** Replaces the saved attribution, atomically. */
  async saveAttribution(state: AttributionState, sizes: ContributionSizes): Promise<void> {
    const { totals, contributions } = state;
    const arrays = new Map<string, Float64Array | Float32Array | Int32Array>([
      ['logit', state.logit],
      ['reconstructed_logit', state.reconstructedLogit],
      ['score_sum', totals.scoreSum],
      ['samples_targets', Int32Array.of(state.samples, totals.targets)],
      ['best_rank', totals.bestRank],
      ['hits', totals.hits],
      ['score_max', totals.scoreMax],
      ['terms', contributions.terms],
      ['top_neurons', contributions.topNeurons],
      ['top_scores', contributions.topScores],
    ]);
    const specs = attributionSpecs(sizes, totals.bestRank.length);
    const { file } = await stageArrays(join(this.#folder, attributionName), specs, arrays);
    try {
      await file.publish(true);
    } finally {
      await file.discard();
    }
  }

  /** @throws InputError when the disk fails */
  close(): void {
    try {
      this.base.close();
    } finally {
      this.sft.close();
    }
  }

  /** Closes and deletes everything, once the record holds it. @returns what could not be deleted, in words, if anything */
  async remove(): Promise<string | undefined> {
    this.base.drop();
    this.sft.drop();
    try {
      await clear(this.#folder);
      await removeFolder(this.#folder);
      return undefined;
    } catch (error) {
      return `"${this.#folder}" is of no use any more but could not be deleted (${errorCode(error) ?? String(error)}).`;
    }
  }
}
