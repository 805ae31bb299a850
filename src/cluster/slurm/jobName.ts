/* Names of jobs: by them a run's jobs are found again, whatever became of the process that submitted them. */

/** What a job's name says. */
export interface JobName {
  /** The run's id. */
  readonly run: string;
  readonly phase: string;
  /** Task of the phase that the array's index 0 stands for. */
  readonly offset: number;
}

/** `rejuvenate-3f2a9c1b-attribution`, and `…-attribution+1000` for the array whose index 0 is task 1000. */
export function jobName({ run, phase, offset }: JobName): string {
  return `rejuvenate-${run}-${phase}${offset === 0 ? '' : `+${offset}`}`;
}

/** What {@link jobName} made the name of; undefined for another's job. */
export function parseJobName(name: string): JobName | undefined {
  const match = /^rejuvenate-([0-9a-f]{12})-([a-z]+)(?:\+(\d{1,9}))?$/.exec(name);
  return match === null ? undefined : { run: match[1]!, phase: match[2]!, offset: Number(match[3] ?? 0) };
}
