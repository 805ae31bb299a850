/* Talks to the extension host: asks, tells, and keeps the state of the page. */

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

type Reply =
  | { readonly type: 'reply'; readonly id: number; readonly ok: unknown }
  | { readonly type: 'reply'; readonly id: number; readonly err: string };

/** The extension host as a page knows it: requests that are answered, actions that are not, and kept state. */
export class HostConnection<Request extends { readonly name: string }, Results, Action> {
  readonly #api = acquireVsCodeApi();
  readonly #waiting = new Map<number, Waiting>();
  #requests = 0;

  /** @param onMessage called with every message of the host's that is not a reply */
  constructor(onMessage: (message: unknown) => void) {
    window.addEventListener('message', ({ data }: MessageEvent<{ readonly type?: unknown } | undefined>) => {
      if (data?.type === 'reply') this.#settle(data as Reply);
      else onMessage(data);
    });
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('err' in reply) waiting?.reject(new Error(reply.err));
    else waiting?.resolve(reply.ok);
  }

  /** Asks the host for something. Rejects with the host's sentence. */
  request<Name extends keyof Results & Request['name']>(
    request: Extract<Request, { name: Name }>,
  ): Promise<Results[Name]> {
    const id = this.#requests++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: (result) => resolve(result as Results[Name]), reject });
      this.#api.postMessage({ type: 'request', id, request });
    });
  }

  act(action: Action): void {
    this.#api.postMessage({ type: 'action', action });
  }

  post(message: object): void {
    this.#api.postMessage(message);
  }

  get savedState(): unknown {
    return this.#api.getState();
  }

  saveState(state: unknown): void {
    this.#api.setState(state);
  }
}
