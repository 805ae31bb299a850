import type { Uri } from 'vscode';
import type { HostMessage, Measured, MeasuringJob } from '../../protocol/inspector.ts';
import { pointKey } from '../../record/sweep/pointName.ts';
import type { MeasuredPoint } from '../../record/sweep/sweepRecord.ts';

/* What is measured of each run without a commit: the job that goes on, and the points since the window opened. */

/** Of one run of a record's name: another run in its place has points of its own. */
interface Measuring {
  readonly identity: string;
  readonly points: Map<string, MeasuredPoint>;
}

/** The measurings of all records, and who is told of them. They outlive the editors that show them. */
export class Measurings {
  readonly #tell: (record: Uri, message: HostMessage) => void;
  readonly #points = new Map<string, Measuring>();
  readonly #jobs = new Map<string, MeasuringJob>();

  constructor(tell: (record: Uri, message: HostMessage) => void) {
    this.#tell = tell;
  }

  /** What there is of a run, by the hash of what it found. */
  of(record: Uri, identity: string): Pick<Measured, 'points' | 'job'> {
    const key = record.toString();
    const measuring = this.#points.get(key);
    return {
      points: measuring?.identity === identity ? [...measuring.points.values()] : [],
      job: this.#jobs.get(key),
    };
  }

  /** A job's progress; undefined: it has ended. */
  job(record: Uri, job: MeasuringJob | undefined): void {
    const key = record.toString();
    if (job === undefined) this.#jobs.delete(key);
    else this.#jobs.set(key, job);
    this.#tell(record, { type: 'job', job });
  }

  /** A point was measured of the run that has this hash. */
  add(record: Uri, identity: string, point: MeasuredPoint): void {
    const key = record.toString();
    let measuring = this.#points.get(key);
    if (measuring?.identity !== identity) {
      measuring = { identity, points: new Map() };
      this.#points.set(key, measuring);
    }
    const name = pointKey(point);
    // The latest last.
    measuring.points.delete(name);
    measuring.points.set(name, point);
    this.#tell(record, { type: 'point', point });
  }
}
