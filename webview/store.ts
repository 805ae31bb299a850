import { changed, type State } from './state.ts';

/** Holds the state; tells of changes at most once a frame. */
export class Store {
  #state: State;
  #told: State;
  #frame: number | undefined;
  readonly #listener: (state: State, previous: State) => void;

  constructor(state: State, listener: (state: State, previous: State) => void) {
    this.#state = state;
    this.#told = state;
    this.#listener = listener;
  }

  get state(): State {
    return this.#state;
  }

  set(change: Partial<State>): void {
    this.#state = changed(this.#state, change);
    this.#frame ??= requestAnimationFrame(() => this.#tell());
  }

  #tell(): void {
    this.#frame = undefined;
    const previous = this.#told;
    this.#told = this.#state;
    this.#listener(this.#state, previous);
  }
}
