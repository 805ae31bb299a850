/**
 * The most memory this process held since the watch began, bytes resident. The system keeps one peak for the
 * process's whole life; where that is an older request's, what was seen between steps counts. A session holds on to what
 * a run took until it is released, so little is missed.
 */
export class PeakMemory {
  readonly #before = lifetimePeak();
  #seen = 0;

  look(): void {
    this.#seen = Math.max(this.#seen, process.memoryUsage.rss());
  }

  get bytes(): number {
    this.look();
    const peak = lifetimePeak();
    return peak > this.#before ? peak : this.#seen;
  }
}

function lifetimePeak(): number {
  return process.resourceUsage().maxRSS * 1024;
}
