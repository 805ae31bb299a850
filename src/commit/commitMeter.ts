import type { CommitActivity, CommitOptions } from './commitOptions.ts';

/* Tells how far a commit is. */

/** Counts the bytes of fusing, then those of checking; what is read back while others are fused is not told of. */
export class CommitMeter {
  readonly #onProgress: CommitOptions['onProgress'];
  #activity: 'fuse' | 'check' = 'fuse';
  #doneBytes = 0;
  #totalBytes: number;

  constructor(totalBytes: number, onProgress: CommitOptions['onProgress']) {
    this.#totalBytes = totalBytes;
    this.#onProgress = onProgress;
  }

  /** To be handed around: bytes went through an activity; making durable begins with none. */
  readonly worked = (activity: CommitActivity, bytes: number): void => {
    if (activity === this.#activity) this.#doneBytes += bytes;
    if (activity === this.#activity || activity === 'write') this.#report(activity);
  };

  /** From now on what is read back is told of. @param totalBytes that have not been yet */
  beginCheck(totalBytes: number): void {
    this.#activity = 'check';
    this.#doneBytes = 0;
    this.#totalBytes = totalBytes;
    this.#report('check');
  }

  /** All has been read back. */
  endCheck(): void {
    this.#doneBytes = this.#totalBytes;
    this.#report('check');
  }

  #report(activity: CommitActivity): void {
    const doneBytes = Math.min(this.#doneBytes, this.#totalBytes);
    this.#onProgress?.({ activity, doneBytes, totalBytes: this.#totalBytes });
  }
}
