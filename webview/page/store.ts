/**
 * Holds a page's state; tells of changes at most once a frame, and before a key is heard or a pointer goes down:
 * what these do depends on what is drawn, so the page must show the state by then.
 */
export class Store<State extends object> {
  #state: State;
  #told: State;
  #frame: number | undefined;
  readonly #changed: (state: State, change: Partial<State>) => State;
  readonly #listener: (state: State, previous: State) => void;

  /** @param changed the state after a change */
  constructor(
    state: State,
    changed: (state: State, change: Partial<State>) => State,
    listener: (state: State, previous: State) => void,
  ) {
    this.#state = state;
    this.#told = state;
    this.#changed = changed;
    this.#listener = listener;
    for (const type of ['keydown', 'pointerdown']) window.addEventListener(type, () => this.#tellPending(), true);
  }

  get state(): State {
    return this.#state;
  }

  set(change: Partial<State>): void {
    this.#state = this.#changed(this.#state, change);
    this.#frame ??= requestAnimationFrame(() => this.#tell());
  }

  #tellPending(): void {
    if (this.#frame === undefined) return;
    cancelAnimationFrame(this.#frame);
    this.#tell();
  }

  #tell(): void {
    this.#frame = undefined;
    const previous = this.#told;
    this.#told = this.#state;
    this.#listener(this.#state, previous);
  }
}
