import type { CalibrationSample } from '../../calibration/sample.ts';
import type { CheckpointPair } from '../../checkpoint/pair.ts';
import { PointWriter } from '../../commit/pointWriter.ts';
import type { Engine } from '../../engine/process/engine.ts';
import type { MergedAdapters } from '../../merge/mergedAdapters.ts';
import type { EnginePlan } from '../../protocol/engine.ts';
import { intArray } from '../../record/arrays/arrays.ts';
import type { OpenRecord } from '../../record/run/recordFile.ts';
import { measurementMeans } from '../../record/run/recordMeans.ts';
import { heldOutRows, targetRows } from '../../record/run/targetRows.ts';
import type { MeasuredPoint, SampledFigures, SweepPoint } from '../../record/sweep/sweepRecord.ts';
import { checkAlpha } from '../../settings/runSettings.ts';
import { measurementArrays } from '../attribution/assembleRecord.ts';
import { measureCheckpoint } from '../attribution/runMeasures.ts';
import { checkRho } from '../commit/checkRho.ts';
import { openRecordedPair } from '../commit/recordedPair.ts';
import type { RunContext } from '../progress/runContext.ts';
import type { OnRunEvent } from '../progress/runEvents.ts';
import { calibrationSamples } from '../verifyRun.ts';
import { openAnchor } from './anchors.ts';
import { ResetSelections } from './resetSelections.ts';

/* Measures points of alpha and rho one after the other, as a commit and a verification would, without leaving a checkpoint. */

/** What else is measured of a point, where it is asked for: the engine, and the folder of a whole checkpoint, which it holds. */
export type SamplePoint = (engine: Engine, place: string, context: PointContext) => Promise<SampledFigures>;

/** Who hears of one point. */
export interface PointContext {
  readonly signal: AbortSignal;
  readonly onEvent: OnRunEvent;
  /** Hears how measuring is cut; what it throws ends the point. */
  readonly onCut?: ((cut: string) => void) | undefined;
  /** Share of the point that is done, 0…1. */
  onProgress?(fraction: number): void;
}

/** Of a point's time, the share that writing is reckoned to take: it is the lesser part of all but tiny calibrations. */
const writingShare = 0.2;

/** Of the time that figures take, the share of teacher forcing where answers are sampled too. */
const forcingShare = 0.1;

/** A record opened to be measured at many points. */
export class PointMeasurer {
  /** Fused with and reset to: the base, then the anchors. */
  readonly pairs: readonly CheckpointPair[];
  /** How the engine held the weights; undefined before the first point. */
  plan: EnginePlan | undefined;
  readonly #open: OpenRecord;
  readonly #selections: ResetSelections;
  readonly #samples: readonly CalibrationSample[];
  #writer: PointWriter | undefined;
  #last: Pick<MeasuredPoint, 'all' | 'targets' | 'heldOut' | 'sampled'> | undefined;

  private constructor(open: OpenRecord, pairs: readonly CheckpointPair[]) {
    this.#open = open;
    this.pairs = pairs;
    this.#selections = new ResetSelections(open, pairs[0]!);
    this.#samples = calibrationSamples(open);
  }

  /**
   * Opens the record's checkpoints and the anchors, and checks them. Nothing is written yet.
   *
   * @throws InputError when one cannot be read or is another than the record's
   */
  static async open(
    open: OpenRecord,
    anchors: readonly string[],
    adapters: MergedAdapters,
    context: Pick<RunContext, 'onEvent' | 'signal' | 'adapters' | 'localCopy'>,
  ): Promise<PointMeasurer> {
    const { pair } = await openRecordedPair(open, adapters, context, context.adapters === undefined);
    const pairs = [pair];
    for (const anchor of anchors) pairs.push(await openAnchor(anchor, pair, open, adapters, context));
    if (context.localCopy === undefined) return new PointMeasurer(open, pairs);
    // Every point reads all of them.
    const local: CheckpointPair[] = [];
    for (const each of pairs) {
      const base = await context.localCopy(each.base, context.signal);
      const sft =
        each.sft === pair.sft && local[0] !== undefined
          ? local[0].sft
          : await context.localCopy(each.sft, context.signal);
      local.push({ ...each, base, sft });
    }
    return new PointMeasurer(open, local);
  }

  /** @throws InputError for an alpha or a rho that the record cannot answer for */
  check({ alpha, rho }: Pick<SweepPoint, 'alpha' | 'rho'>): void {
    checkAlpha(alpha);
    checkRho(rho, this.#open.record.settings);
  }

  /** Bytes that the temporary checkpoint takes. */
  neededBytes(): Promise<number> {
    return PointWriter.neededBytes(this.pairs[0]!.sft);
  }

  /**
   * Writes one point over the one before, and measures it.
   *
   * @param sample measures what is sampled, if anything
   * @throws InputError when inputs cannot be read or there is no room
   * @throws RunError when the engine fails or an input changes; Interrupted on abort
   */
  async measure(
    engine: Engine,
    point: SweepPoint,
    context: PointContext,
    sample?: SamplePoint,
  ): Promise<MeasuredPoint> {
    const { signal } = context;
    const since = performance.now();
    this.check(point);
    const resetSet = await this.#selections.of(point, signal);
    const pair = this.pairs[point.anchor === null ? 0 : point.anchor + 1]!;
    this.#writer ??= await PointWriter.create(this.pairs[0]!.sft);
    const written = await this.#writer.write(
      { pair, alpha: point.alpha, resetSet },
      { signal, onProgress: (done, total) => context.onProgress?.((writingShare * done) / total) },
    );
    // Of two rhos that select the same neurons the second is the checkpoint that was just measured.
    const figures =
      written === 0 && this.#last !== undefined ? this.#last : await this.#figures(engine, context, sample);
    this.#last = figures;
    const neurons = [...resetSet.values()].reduce((sum, { length }) => sum + length, 0);
    const seconds = (performance.now() - since) / 1000;
    return { ...point, neurons, neuronRatio: neurons / this.#open.layout.total, ...figures, seconds };
  }

  async #figures(
    engine: Engine,
    { signal, onEvent, onCut, onProgress }: PointContext,
    sample: SamplePoint | undefined,
  ): Promise<Pick<MeasuredPoint, 'all' | 'targets' | 'heldOut' | 'sampled'>> {
    const { record, arrays } = this.#open;
    const { place } = this.#writer!;
    const forcing = (1 - writingShare) * (sample === undefined ? 1 : forcingShare);
    const { measures } = await measureCheckpoint({
      engine,
      folder: place,
      samples: this.#samples,
      topTokens: record.settings.topTokens,
      phase: 'sweep',
      signal,
      onCut,
      onEvent: (event) => {
        if (event.type === 'progress') onProgress?.(writingShare + (forcing * event.done) / Math.max(event.total, 1));
        else if (event.type === 'plan') {
          if (this.plan === undefined) onEvent(event);
          this.plan = event.plan;
        } else onEvent(event);
      },
    });
    const rows = targetRows(record.samples, intArray(arrays, 'targets.row'));
    const means = measurementMeans(measurementArrays(0, measures), 0, rows, heldOutRows(record.samples));
    if (sample === undefined) return { ...means, sampled: null };
    const onAnswers = (share: number) => onProgress?.(writingShare + forcing + (1 - writingShare - forcing) * share);
    return { ...means, sampled: await sample(engine, place, { signal, onEvent, onProgress: onAnswers }) };
  }

  /** Deletes the temporary checkpoint. */
  async close(): Promise<void> {
    await this.#writer?.remove();
    this.#writer = undefined;
  }
}
