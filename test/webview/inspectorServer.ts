import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type PageMessage, pageMessageSchema } from '../../src/protocol/inspector.ts';
import { InspectorDocument } from '../../src/views/inspectorDocument.ts';
import { inspectorHtml } from '../../src/views/inspectorHtml.ts';
import { decodedMessage, encoded, relayScript } from './wire.ts';

const pageFolder = join(import.meta.dirname, '..', '..', 'dist', 'webview');
const types: Readonly<Record<string, string>> = { js: 'text/javascript', css: 'text/css', map: 'application/json' };

/** Serves the built page as a webview would show it, with the host's own document behind it. */
export class InspectorServer {
  readonly document: InspectorDocument;
  /** What the page said, other than questions the record answers. */
  readonly heard: PageMessage[] = [];
  readonly #server: Server;

  private constructor(record: string) {
    this.document = new InspectorDocument(record);
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
  }

  static async start(record: string): Promise<InspectorServer> {
    const server = new InspectorServer(record);
    await server.document.load();
    await new Promise<void>((resolve) => {
      server.#server.listen(0, '127.0.0.1', resolve);
    });
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? '/';
    if (url === '/') {
      response.setHeader('content-type', 'text/html');
      response.end(
        '<!DOCTYPE html><title>webview</title><style>html,body,iframe{margin:0;width:100%;height:100%;border:0;display:block}</style>' +
          `<iframe src="/inspector.html"></iframe><script>${relayScript}</script>`,
      );
    } else if (url === '/inspector.html') {
      response.setHeader('content-type', 'text/html');
      const source = (name: string) => `${this.origin}/${name}`;
      response.end(
        inspectorHtml({ script: source('inspector.js'), style: source('inspector.css'), cspSource: this.origin }),
      );
    } else if (url === '/host') {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      response.end(encoded({ message: this.#answer(decodedMessage(Buffer.concat(chunks).toString('utf8'))) }));
    } else {
      const name = url.slice(1).replaceAll('/', '');
      const content = await readFile(join(pageFolder, name)).catch(() => undefined);
      if (content === undefined) response.writeHead(404).end();
      else response.setHeader('content-type', types[name.split('.').at(-1)!] ?? 'text/plain').end(content);
    }
  }

  #answer(value: unknown): unknown {
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
        case 'export':
          this.heard.push(message);
          return { type: 'reply', id, ok: request.file.name };
        case 'copy':
          this.heard.push(message);
          return { type: 'reply', id, ok: undefined };
        default:
          return { type: 'reply', id, ok: this.document.answer(request) };
      }
    } catch (error) {
      return { type: 'reply', id, err: error instanceof Error ? error.message : String(error) };
    }
  }
}
