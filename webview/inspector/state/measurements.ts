import type { HostMessage, Measured, MeasuringJob } from '../../../src/protocol/inspector.ts';
import type { RunSweep } from '../../../src/record/sweep/sweepFile.ts';
import type { MeasuredPoint, SweepRecord } from '../../../src/record/sweep/sweepRecord.ts';

/* What was measured of the run without a commit, as the page knows it: sweep records, and points as they come. */

/** What the host tells of measurings. */
export type MeasuringMessage = Extract<HostMessage, { readonly type: 'sweepsChanged' | 'job' | 'point' }>;

const keyOf = ({ rho, alpha }: { readonly rho: number; readonly alpha: number }) => `${rho} ${alpha}`;

/** Whether a point is what a commit at its rho and alpha writes, and no control. */
export function isCommit({ selection, anchor }: MeasuredPoint): boolean {
  return anchor === null && (selection === 'attribution' || selection === 'none');
}

/** Sweep records of the run, points measured since the window opened, and the job that goes on. */
export class Measurements {
  readonly #ask: () => void;
  #sweeps: readonly RunSweep[] = [];
  #points: readonly MeasuredPoint[] = [];
  #anchors: SweepRecord['anchors'] = [];
  #notes: readonly string[] = [];
  #job: MeasuringJob | undefined;
  #known = false;
  #byPlace = new Map<string, MeasuredPoint>();
  #revision = 0;

  /** @param ask asks the host for everything */
  constructor(ask: () => void) {
    this.#ask = ask;
  }

  /** False while the host has not answered yet. */
  get known(): boolean {
    return this.#known;
  }

  get sweeps(): readonly RunSweep[] {
    return this.#sweeps;
  }

  /** Points measured since the window opened, the latest last. */
  get points(): readonly MeasuredPoint[] {
    return this.#points;
  }

  /** What the anchors of these points are positions in. */
  get anchors(): SweepRecord['anchors'] {
    return this.#anchors;
  }

  get notes(): readonly string[] {
    return this.#notes;
  }

  get job(): MeasuringJob | undefined {
    return this.#job;
  }

  /** Grows whenever a point comes or goes. */
  get revision(): number {
    return this.#revision;
  }

  /** The host's answer. */
  set({ sweeps, points, anchors, job, notes }: Measured): void {
    this.#sweeps = sweeps;
    this.#points = points;
    this.#anchors = anchors;
    this.#job = job;
    this.#notes = notes;
    this.#known = true;
    this.#index();
  }

  /** What the host tells meanwhile. */
  hear(message: MeasuringMessage): void {
    if (message.type === 'job') this.#job = message.job;
    else if (message.type === 'sweepsChanged') this.#ask();
    else {
      this.#points = [...this.#points, message.point];
      this.#anchors = message.anchors;
      this.#index();
    }
  }

  #index(): void {
    const all = [...this.#sweeps.flatMap(({ record }) => record.points), ...this.#points];
    this.#byPlace = new Map(all.filter(isCommit).map((point) => [keyOf(point), point]));
    this.#revision++;
  }

  /** What a commit at this rho and alpha would give, if it was measured. */
  at(place: { readonly rho: number; readonly alpha: number }): MeasuredPoint | undefined {
    return this.#byPlace.get(keyOf(place));
  }

  /** The point that was measured by itself last, in this window. */
  get latest(): MeasuredPoint | undefined {
    return this.#points.findLast(isCommit);
  }
}
