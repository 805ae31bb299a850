import { type FoundStep, sameFiles } from './trainingSteps.ts';

/* Tells which steps nobody writes any more: their files have been the same for a while. */

interface Watched {
  readonly found: FoundStep;
  /** When its files were first seen as they are; milliseconds of the caller's clock. */
  readonly since: number;
}

/**
 * Remembers how steps looked. A copy that has reserved its room already has the size that it will have, so that a step is taken for
 * whole only after two looks found the same.
 */
export class Settling {
  readonly #seconds: number;
  readonly #watched = new Map<string, Watched>();

  /** @param seconds for which files must stay as they are */
  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  /** Whether a step has been as it is for long enough, at an earlier look too. @param now milliseconds */
  settled(found: FoundStep, now: number): boolean {
    const before = this.#watched.get(found.name);
    if (before === undefined || !sameFiles(before.found, found)) {
      this.#watched.set(found.name, { found, since: now });
      return false;
    }
    return now - before.since >= this.#seconds * 1000;
  }
}
