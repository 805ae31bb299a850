import { InputError, Interrupted } from '../errors.ts';
import { shortened } from '../files/reading/shown.ts';
import { planText } from '../run/progress/planText.ts';
import type { RunContext } from '../run/progress/runContext.ts';
import { deviceText, type RunEvent } from '../run/progress/runEvents.ts';
import { figure } from './pages.ts';
import type { ToolCall, ToolDocument } from './toolCall.ts';

/* Long work that tools start: it goes on in the background, one job at a time, and can be followed and stopped. */

/** Notes of a job that are kept; the last ones. */
const mostNotes = 20;
const longestNote = 300;
/** Ended jobs that can still be asked for. */
const mostKept = 50;
/** At most so often a waiting call tells how far a job is, milliseconds. */
const progressInterval = 250;

type Progress = Extract<RunEvent, { type: 'progress' }>;

/** What a job does: a document in the end. */
export type AgentWork = (context: RunContext) => Promise<ToolDocument>;

/** Runs work with an engine to start, where nothing else runs. @throws InputError when something does */
export type RunWork = (title: string, work: (context: RunContext) => Promise<void>) => Promise<void>;

interface Job {
  readonly id: string;
  readonly title: string;
  readonly started: number;
  readonly stop: AbortController;
  readonly notes: string[];
  state: 'running' | 'done' | 'failed' | 'stopped';
  seconds: number | undefined;
  phases: number;
  phase: string | undefined;
  progress: Progress | undefined;
  result: ToolDocument | undefined;
  error: string | undefined;
  ended: Promise<void>;
}

/** The jobs of one server. */
export class AgentJobs {
  readonly #run: RunWork;
  readonly #jobs = new Map<string, Job>();
  readonly #listeners = new Set<() => void>();
  #count = 0;

  constructor(run: RunWork) {
    this.#run = run;
  }

  /**
   * Starts a job.
   *
   * @param kind what it is, the beginning of its id
   * @returns its id
   * @throws InputError when another runs
   */
  start(kind: string, title: string, work: AgentWork): string {
    const running = [...this.#jobs.values()].find(({ state }) => state === 'running');
    if (running !== undefined) {
      throw new InputError(`${running.id} is running, and only one job at a time does: follow_job it, or cancel_job.`);
    }
    const job: Job = {
      id: `${kind}-${++this.#count}`,
      ...{ title, started: performance.now(), stop: new AbortController(), notes: [], state: 'running', phases: 0 },
      ...{ seconds: undefined, phase: undefined, progress: undefined, result: undefined, error: undefined },
      ended: Promise.resolve(),
    };
    this.#jobs.set(job.id, job);
    for (const id of [...this.#jobs.keys()].slice(0, -mostKept)) this.#jobs.delete(id);
    job.ended = this.#perform(job, work);
    return job.id;
  }

  async #perform(job: Job, work: AgentWork): Promise<void> {
    try {
      await this.#run(job.title, async ({ signal, onEvent, ...context }) => {
        const listener = (event: RunEvent) => {
          this.#hear(job, event);
          onEvent(event);
        };
        job.result = await work({ ...context, signal: AbortSignal.any([signal, job.stop.signal]), onEvent: listener });
      });
      job.state = 'done';
    } catch (error) {
      job.state = error instanceof Interrupted ? 'stopped' : 'failed';
      job.error = shortened(error instanceof Error ? error.message : String(error));
    }
    job.seconds = (performance.now() - job.started) / 1000;
    this.#tell();
  }

  #hear(job: Job, event: RunEvent): void {
    const note = (text: string) => {
      job.notes.push(shortened(text, longestNote));
      if (job.notes.length > mostNotes) job.notes.shift();
    };
    if (event.type === 'phase') {
      job.phases++;
      job.phase = event.phase;
      job.progress = undefined;
    } else if (event.type === 'progress') job.progress = event;
    else if (event.type === 'device') note(`device: ${deviceText(event)}`);
    else if (event.type === 'plan') note(`plan: ${planText(event.plan)}`);
    else if (event.type === 'note') note(event.text);
    else if (event.type === 'warning') note(`warning: ${event.text}`);
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #find(id: string): Job {
    const job = this.#jobs.get(id);
    if (job !== undefined) return job;
    const known = [...this.#jobs.keys()].join(', ');
    throw new InputError(`There is no job "${shortened(id, 100)}" here. Known: ${known === '' ? 'none' : known}.`);
  }

  /** Stops a job and waits until it has cleaned up. @throws InputError when there is none of this id */
  async cancel(id: string): Promise<ToolDocument> {
    const job = this.#find(id);
    job.stop.abort();
    await job.ended;
    return this.report(id);
  }

  /** Stops whatever runs and waits for it. */
  async close(): Promise<void> {
    for (const { id, state } of this.#jobs.values()) if (state === 'running') await this.cancel(id);
  }

  /**
   * Waits for a job's end, for some time, and tells meanwhile how far it is. Cancelled, only the waiting ends.
   *
   * @returns its report
   */
  async wait(id: string, seconds: number, { signal, progress }: ToolCall) {
    const job = this.#find(id);
    let told = Number.NEGATIVE_INFINITY;
    const tell = () => {
      const now = performance.now();
      if (now - told < progressInterval) return;
      told = now;
      const { done = 0, total = 0, unit = '' } = job.progress ?? {};
      const share = total > 0 ? Math.min(done / total, 0.999) : 0;
      const amount = total > 0 ? `: ${Math.floor(done)} of ${total} ${unit}` : '';
      // Phases are counted, since nobody knows how many there will be.
      progress(job.phases + share, `${job.phase ?? 'starting'}${amount}`);
    };
    this.#listeners.add(tell);
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, 1000 * seconds);
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted) resolve();
    });
    await Promise.race([job.ended, over]);
    clearTimeout(timer);
    this.#listeners.delete(tell);
    return this.report(id);
  }

  /** What is known of a job. @throws InputError when there is none of this id */
  report(id: string): ToolDocument {
    const { title, state, started, seconds, phase, progress, notes, result, error } = this.#find(id);
    return {
      job: id,
      title,
      state,
      seconds: figure(seconds ?? (performance.now() - started) / 1000),
      ...(state !== 'running' || phase === undefined ? {} : { phase }),
      ...(state !== 'running' || progress === undefined
        ? {}
        : { done: Math.floor(progress.done), total: progress.total, unit: progress.unit }),
      ...(error === undefined ? {} : { error }),
      notes: [...notes],
      ...(result === undefined ? {} : { result }),
    };
  }
}
