/**
 * Lets the messages of each page through in the order in which it posted them, as VS Code does: on their way here, as requests of
 * their own, one may overtake another.
 */
export class Turns {
  readonly #next = new Map<string, number>();
  readonly #waiting = new Map<string, () => void>();

  /**
   * Waits until the page's earlier messages were handed over, and hands this one over.
   *
   * @param order 0-based, of the page's messages
   */
  async take<Result>(page: string, order: number, handOver: () => Result): Promise<Result> {
    if ((this.#next.get(page) ?? 0) !== order) {
      await new Promise<void>((resolve) => this.#waiting.set(`${page} ${order}`, resolve));
    }
    const result = handOver();
    this.#next.set(page, order + 1);
    const following = `${page} ${order + 1}`;
    this.#waiting.get(following)?.();
    this.#waiting.delete(following);
    return result;
  }
}
