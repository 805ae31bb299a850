import type { Uri } from 'vscode';
import type { HostMessage, Measured, MeasuringJob } from '../../protocol/inspector.ts';
import { anchorKey, pointKey } from '../../record/sweep/pointName.ts';
import type { MeasuredPoint, SweepRecord } from '../../record/sweep/sweepRecord.ts';

/* What is measured of each run without a commit: the job that goes on, and the points since the window opened. */

/** Of one run of a record's name: another run in its place has points of its own. */
interface Measuring {
  readonly identity: string;
  readonly points: Map<string, MeasuredPoint>;
  /** Of all sweeps of this window: each sweep counts its own from 0. */
  readonly anchors: SweepRecord['anchors'];
}

/** The point with its anchor's position among those of the window, where it is added if it is new. */
function amongAll(point: MeasuredPoint, own: SweepRecord['anchors'], all: SweepRecord['anchors']): MeasuredPoint {
  if (point.anchor === null) return point;
  const anchor = own[point.anchor];
  if (anchor === undefined) throw new RangeError(`The sweep names no anchor ${point.anchor}.`);
  const known = all.findIndex((each) => anchorKey(each) === anchorKey(anchor));
  return { ...point, anchor: known < 0 ? all.push(anchor) - 1 : known };
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
  of(record: Uri, identity: string): Pick<Measured, 'points' | 'anchors' | 'job'> {
    const key = record.toString();
    const measuring = this.#points.get(key);
    const same = measuring?.identity === identity;
    return {
      points: same ? [...measuring.points.values()] : [],
      anchors: same ? [...measuring.anchors] : [],
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

  /**
   * A point was measured of the run that has this hash.
   *
   * @param anchors of its sweep, in which its anchor is a position
   */
  add(record: Uri, identity: string, measured: MeasuredPoint, anchors: SweepRecord['anchors'] = []): void {
    const key = record.toString();
    let measuring = this.#points.get(key);
    if (measuring?.identity !== identity) {
      measuring = { identity, points: new Map(), anchors: [] };
      this.#points.set(key, measuring);
    }
    const point = amongAll(measured, anchors, measuring.anchors);
    const name = pointKey(point);
    // The latest last.
    measuring.points.delete(name);
    measuring.points.set(name, point);
    this.#tell(record, { type: 'point', point, anchors: [...measuring.anchors] });
  }
}
