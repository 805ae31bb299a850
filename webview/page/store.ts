/** Holds a page's state; tells of changes at most once a frame. */
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
  }

  get state(): State {
    return this.#state;
  }

  set(change: Partial<State>): void {
    this.#state = this.#changed(this.#state, change);
    this.#frame ??= requestAnimationFrame(() => this.#tell());
  }

  #tell(): void {
    this.#frame = undefined;
    const previous = this.#told;
    this.#told = this.#state;
    this.#listener(this.#state, previous);
  }
}
