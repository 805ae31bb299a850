import type {
  HostMessage,
  InspectorAction,
  InspectorRequest,
  InspectorResults,
  InspectorSelection,
  InspectorSnapshot,
  PageMessage,
  RequestName,
} from '../src/protocol/inspector.ts';

interface VsCodeApi {
  postMessage(message: PageMessage): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

interface Waiting {
  readonly resolve: (result: InspectorResults[RequestName]) => void;
  readonly reject: (error: Error) => void;
}

export interface HostEvents {
  readonly onSnapshot: (snapshot: InspectorSnapshot) => void;
  readonly onSelect: (selection: InspectorSelection) => void;
}

/** The extension host as the page knows it. */
export class Host {
  readonly #api = acquireVsCodeApi();
  readonly #waiting = new Map<number, Waiting>();
  #requests = 0;

  constructor({ onSnapshot, onSelect }: HostEvents) {
    window.addEventListener('message', ({ data }: MessageEvent<HostMessage>) => {
      switch (data?.type) {
        case 'reply':
          this.#settle(data);
          break;
        case 'snapshot':
          onSnapshot(data.snapshot);
          break;
        case 'select':
          onSelect(data.selection);
          break;
      }
    });
  }

  #settle(reply: Extract<HostMessage, { type: 'reply' }>): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('err' in reply) waiting?.reject(new Error(reply.err));
    else waiting?.resolve(reply.ok);
  }

  /** Asks the host for something. Rejects with the host's sentence. */
  request<Name extends RequestName>(
    request: Extract<InspectorRequest, { name: Name }>,
  ): Promise<InspectorResults[Name]> {
    const id = this.#requests++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: (result) => resolve(result as InspectorResults[Name]), reject });
      this.#api.postMessage({ type: 'request', id, request });
    });
  }

  /** Says what the user selected. */
  selected(selection: InspectorSelection): void {
    this.#api.postMessage({ type: 'select', selection });
  }

  act(action: InspectorAction): void {
    this.#api.postMessage({ type: 'action', action });
  }

  get savedState(): unknown {
    return this.#api.getState();
  }

  saveState(state: unknown): void {
    this.#api.setState(state);
  }
}
