import { type ReadinessPageMessage, readinessPageMessageSchema } from '../../src/protocol/readiness.ts';
import { readReadiness } from '../../src/record/readiness/readinessFile.ts';
import type { ReadinessRecord } from '../../src/record/readiness/readinessRecord.ts';
import { RecordDocument } from '../../src/views/page/recordDocument.ts';
import { readinessHtml } from '../../src/views/readiness/readinessHtml.ts';
import { readinessSnapshot } from '../../src/views/readiness/readinessSummary.ts';
import { WebviewServer } from './webviewServer.ts';

/** Serves the readiness page with a record behind it. */
export class ReadinessServer {
  readonly document: RecordDocument<ReadinessRecord>;
  /** What the page said, other than questions that are answered, and what it saved. */
  readonly heard: ReadinessPageMessage[] = [];
  #server: WebviewServer | undefined;

  private constructor(record: string) {
    this.document = new RecordDocument(record, readReadiness);
  }

  static async start(record: string): Promise<ReadinessServer> {
    const server = new ReadinessServer(record);
    await server.document.load();
    server.#server = await WebviewServer.start({
      name: 'readiness',
      html: readinessHtml,
      answer: async (value) => server.#answer(value),
    });
    return server;
  }

  get origin(): string {
    return this.#server!.origin;
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }

  #answer(value: unknown): unknown {
    const message = readinessPageMessageSchema.parse(value);
    if (message.type !== 'request' || message.request.name === 'export') this.heard.push(message);
    if (message.type !== 'request') return undefined;
    const { id, request } = message;
    const ok = request.name === 'export' ? request.file.name : readinessSnapshot(this.document);
    return { type: 'reply', id, ok };
  }
}
