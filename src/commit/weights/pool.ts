/** Things of which there are only so many: who takes one waits until one is given back, in the order of the calls. */
export class Pool<Item> {
  readonly #free: Item[];
  readonly #waiting: { resolve(item: Item): void; reject(reason: unknown): void }[] = [];
  #closed: { readonly reason: unknown } | undefined;

  constructor(items: readonly Item[]) {
    this.#free = [...items];
  }

  /** @throws what {@link close} was given */
  take(): Promise<Item> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) return reject(this.#closed.reason);
      if (this.#free.length > 0) resolve(this.#free.shift()!);
      else this.#waiting.push({ resolve, reject });
    });
  }

  give(item: Item): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(item);
    else next.resolve(item);
  }

  /** Whoever waits, or comes later, gets the reason instead. */
  close(reason: unknown): void {
    this.#closed ??= { reason };
    for (const { reject } of this.#waiting.splice(0)) reject(this.#closed.reason);
  }
}

/** A pool of so many places in memory, or of turns. */
export function poolOf<Item>(count: number, item: (index: number) => Item): Pool<Item> {
  return new Pool(Array.from({ length: count }, (_, index) => item(index)));
}
