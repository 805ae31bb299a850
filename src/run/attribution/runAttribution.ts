import type { Engine } from '../../engine/process/engine.ts';
import { RunError } from '../../errors.ts';
import type { SampleAttribution } from '../../method/attribution.ts';
import type { EngineOutcome } from '../../protocol/engine.ts';
import type { OnRunEvent } from '../progress/runEvents.ts';
import type { AttributionState, ResumeStore } from '../resume/resumeStore.ts';
import { AttributionSums, attributed, type SummedRun, sizesOf } from './attributionSums.ts';
import type { SampleTargets } from './runTargets.ts';
import type { StagedScores } from './stagedScores.ts';

/*
 * The attribution phase of a run: has the engine score the targets, adds the results up, and saves them from time to
 * time.
 */

export interface AttributionWork extends SummedRun {
  readonly engine: Engine;
  /** The folder that the engine opens, where it is another. */
  readonly place?: string;
  readonly scores: StagedScores | undefined;
  readonly store: ResumeStore;
  readonly signal: AbortSignal;
  readonly onEvent: OnRunEvent;
}

export interface Attributed {
  readonly state: AttributionState;
  readonly plan: EngineOutcome | null;
  /** Samples with targets taken over from an earlier run. */
  readonly resumed: number;
}

/**
 * The saved state is written when the time since the last write exceeds this many times what that write took, so that
 * saving costs at most a tenth of the run whatever the model's size (1.7 million neurons are 34 MB).
 */
const saveInterval = 10;
/** And no more often than this, milliseconds. */
const leastSaveInterval = 1000;

/** Adds the engine's results up, and saves them from time to time. */
class SavedSums {
  readonly #work: AttributionWork;
  readonly #sums: AttributionSums;
  #saved: number;
  #lastSave = performance.now();
  #saveCost = 0;
  #saving: Promise<void> | undefined;
  #saveError: unknown;

  constructor(work: AttributionWork, restored: AttributionState | undefined) {
    this.#work = work;
    this.#sums = new AttributionSums(work, restored);
    this.#saved = this.samples;
  }

  get samples(): number {
    return this.#sums.samples;
  }

  add(result: SampleAttribution): void {
    if (this.#saveError !== undefined) throw this.#saveError;
    this.#sums.add(result);
    const due = Math.max(saveInterval * this.#saveCost, leastSaveInterval);
    if (this.#saving === undefined && performance.now() - this.#lastSave > due) {
      this.#saving = this.#save().catch((error: unknown) => {
        this.#saveError = error;
      });
    }
  }

  state(): AttributionState {
    return this.#sums.state();
  }

  async #save(): Promise<void> {
    const started = performance.now();
    const state = this.state();
    // The rows of the finished samples must outlive a power cut if the state that counts them does.
    await this.#work.scores?.sync();
    await this.#work.store.saveAttribution(state, sizesOf(this.#work));
    this.#saved = state.samples;
    this.#lastSave = performance.now();
    this.#saveCost = this.#lastSave - started;
    this.#saving = undefined;
  }

  /** Waits for a save under way, and saves what came after it. */
  async finish(): Promise<void> {
    await this.#saving;
    if (this.#saveError !== undefined) throw this.#saveError;
    if (this.#saved !== this.samples) await this.#save();
  }
}

/** Whether a saved state counts the targets of its samples, as one of this run does. */
function fits(
  { samples: done, totals }: AttributionState,
  samples: readonly SampleTargets[],
  targets: number,
): boolean {
  if (done === samples.length) return totals.targets === targets;
  return totals.targets === samples[done]?.firstTarget;
}

/**
 * Scores every neuron for every target on the SFT checkpoint and accumulates what the record keeps of it. However it
 * ends, the samples finished so far are in the store.
 *
 * @throws RunError when the engine dies or scores are not finite
 * @throws Interrupted on abort
 */
export async function attributeTargets(work: AttributionWork): Promise<Attributed> {
  const { engine, folder, place = folder, targets, neurons, rankLimit, scores, store, signal, onEvent } = work;
  const samples = attributed(targets);
  // Without its rows in the score file a finished sample is not finished.
  const mayResume = scores === undefined || scores.kept;
  const saved = mayResume ? await store.attribution(sizesOf(work), neurons) : undefined;
  const restored = saved !== undefined && fits(saved, samples, targets.total) ? saved : undefined;
  const accumulator = new SavedSums(work, restored);
  const resumed = accumulator.samples;
  if (resumed > 0) {
    const text = `Taking up the attribution of ${resumed} of ${samples.length} samples.`;
    onEvent({ type: 'note', text });
  }
  if (resumed === samples.length) return { state: accumulator.state(), plan: null, resumed };
  try {
    const plan = await engine.attribute(
      {
        checkpoint: place,
        samples: samples.map(({ sample, targets: sampleTargets, firstTarget }) => ({
          index: sample.index,
          ids: sample.ids,
          responses: sample.responses,
          targets: sampleTargets,
          firstTarget,
        })),
        firstSample: resumed,
        rankLimit,
        ...(scores && { scores: { path: scores.stagedPath, dataStart: scores.dataStart } }),
      },
      {
        signal,
        onSample: (result) => accumulator.add(result),
        onProgress({ done, total }) {
          onEvent({ type: 'progress', phase: 'attribution', done, total, unit: 'steps' });
        },
        onPlan: (plan) => onEvent({ type: 'plan', phase: 'attribution', plan }),
        onNote: (text) => onEvent({ type: 'warning', text }),
      },
    );
    if (accumulator.samples !== samples.length) {
      throw new RunError(`The engine scored ${accumulator.samples} of ${samples.length} samples.`);
    }
    return { state: accumulator.state(), plan, resumed };
  } finally {
    await accumulator.finish();
  }
}
