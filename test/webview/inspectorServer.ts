import { type PageMessage, pageMessageSchema } from '../../src/protocol/inspector.ts';
import { type ExplanationContext, recordAlone } from '../../src/views/inspector/explanations.ts';
import { InspectorDocument } from '../../src/views/inspector/inspectorDocument.ts';
import { inspectorHtml } from '../../src/views/inspector/inspectorHtml.ts';
import { WebviewServer } from './webviewServer.ts';

/** Serves the inspector's page with the host's own document behind it. */
export class InspectorServer {
  readonly document: InspectorDocument;
  /** What the page said, other than questions the record answers. */
  readonly heard: PageMessage[] = [];
  #server: WebviewServer | undefined;

  private constructor(record: string, context: Partial<ExplanationContext>) {
    this.document = new InspectorDocument(record, { ...recordAlone, mayRead: () => true, ...context });
  }

  /** @param context files may be read and no engine runs, unless said */
  static async start(record: string, context: Partial<ExplanationContext> = {}): Promise<InspectorServer> {
    const server = new InspectorServer(record, context);
    await server.document.load();
    server.#server = await WebviewServer.start({
      name: 'inspector',
      html: inspectorHtml,
      answer: async (message) => server.#answer(message),
    });
    return server;
  }

  get origin(): string {
    return this.#server!.origin;
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }

  async #answer(value: unknown): Promise<unknown> {
    const message = pageMessageSchema.parse(value);
    if (message.type !== 'request') {
      this.heard.push(message);
      return undefined;
    }
    const { id, request } = message;
    try {
      switch (request.name) {
        case 'snapshot':
          return { type: 'reply', id, ok: this.document.snapshot() };
        case 'measured': {
          const found = await this.document.sweeps(() => true);
          return { type: 'reply', id, ok: { ...found, points: [], anchors: [], job: undefined } };
        }
        case 'export':
          this.heard.push(message);
          return { type: 'reply', id, ok: request.file.name };
        case 'copy':
          this.heard.push(message);
          return { type: 'reply', id, ok: undefined };
        case 'neuron':
        case 'neuronDrift':
        case 'neuronTokens':
        case 'target':
        case 'explain':
          return { type: 'reply', id, ok: await this.document.explain(request) };
        default:
          return { type: 'reply', id, ok: this.document.answer(request) };
      }
    } catch (error) {
      return { type: 'reply', id, err: error instanceof Error ? error.message : String(error) };
    }
  }
}
