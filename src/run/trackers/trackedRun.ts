/* A record as experiment trackers see it: runs with settings, and numbers by name at steps. */

/** Numbers of one step. */
export interface TrackedPoint {
  /** What was measured: a checkpoint's name. Untrusted text. */
  readonly label: string;
  /** The trainer's step; 0 where there is none. */
  readonly step: number;
  /** Seconds since 1970. */
  readonly time: number;
  /** By name: `held_out/entropy`. What was not measured is not there. */
  readonly values: ReadonlyMap<string, number>;
}

export interface TrackedRun {
  /** Unlike the others'. Untrusted text. */
  readonly name: string;
  readonly config: Readonly<Record<string, string | number | boolean | null>>;
  /** What runs of this kind differ in, for tables of settings; left out where there is nothing. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** In the order of the steps. */
  readonly points: readonly TrackedPoint[];
}

/** Values by name, without those that were not measured. */
export function valuesOf(named: Iterable<readonly [string, number | null | undefined]>): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const [name, value] of named) if (value !== null && value !== undefined) values.set(name, value);
  return values;
}

/** What a checkpoint is measured by over one set of rows, as all records have it; nats, but for the probability. */
export interface MeasuredMeans {
  readonly entropy: number;
  readonly negativeLogLikelihood: number;
  readonly top1Probability: number;
}

/** `held_out/entropy`, `held_out/nll`, `held_out/top1`. */
export function meansValues(set: string, means: MeasuredMeans | null | undefined): [string, number | undefined][] {
  return [
    [`${set}/entropy`, means?.entropy],
    [`${set}/nll`, means?.negativeLogLikelihood],
    [`${set}/top1`, means?.top1Probability],
  ];
}

/** Seconds since 1970 of an ISO date. */
export function secondsOf(date: string): number {
  return Date.parse(date) / 1000;
}
