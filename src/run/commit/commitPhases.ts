import type { CommitActivity, CommitProgress } from '../../commit/commitOptions.ts';
import type { PhaseTime } from '../../record/phases.ts';
import type { OnRunEvent } from '../progress/runEvents.ts';

/**
 * Times a commit. With several shards fusing and writing (making durable) take turns, so that their times are added up
 * and told together when the checking begins.
 */
export class CommitPhases {
  readonly #seconds = new Map<CommitActivity, number>();
  readonly #onEvent: OnRunEvent;
  #activity: CommitActivity = 'fuse';
  #since = performance.now();

  constructor(onEvent: OnRunEvent) {
    this.#onEvent = onEvent;
    onEvent({ type: 'phase', phase: 'fuse' });
  }

  /** To be handed around as a listener. */
  readonly onProgress = ({ activity, doneBytes, totalBytes }: CommitProgress): void => {
    if (activity !== this.#activity) {
      this.#add();
      this.#activity = activity;
      if (activity === 'check') {
        this.#tell('fuse');
        this.#tell('write');
        this.#onEvent({ type: 'phase', phase: 'check' });
      }
    }
    // On a bar, making one shard durable is a moment within fusing.
    const phase = activity === 'check' ? 'check' : 'fuse';
    this.#onEvent({ type: 'progress', phase, done: doneBytes, total: totalBytes, unit: 'bytes' });
  };

  /** Ends the last phase. @returns what each took */
  end(): PhaseTime[] {
    this.#add();
    this.#tell(this.#activity);
    return [...this.#seconds].map(([phase, seconds]) => ({ phase, seconds }));
  }

  #add(): void {
    const now = performance.now();
    this.#seconds.set(this.#activity, (this.#seconds.get(this.#activity) ?? 0) + (now - this.#since) / 1000);
    this.#since = now;
  }

  #tell(phase: CommitActivity): void {
    this.#onEvent({ type: 'phaseDone', phase, seconds: this.#seconds.get(phase) ?? 0 });
  }
}
