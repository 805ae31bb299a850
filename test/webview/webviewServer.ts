import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { PageSources } from '../../src/views/page/pageHtml.ts';
import { root } from '../paths.ts';
import { Turns } from './turns.ts';
import { decodedMessage, encoded, relayScript } from './wire.ts';

const pageFolder = join(root, 'dist', 'webview');
const types: Readonly<Record<string, string>> = { js: 'text/javascript', css: 'text/css', map: 'application/json' };

export interface ServedPage {
  /** `NAME.js` and `NAME.css` in dist/webview, served as `NAME.html`. */
  readonly name: string;
  readonly html: (sources: PageSources) => string;
  /** The host's answer to what the page posts, if any. */
  readonly answer: (message: unknown) => Promise<unknown>;
}

/** Serves a built page as a webview would show it. */
export class WebviewServer {
  readonly #page: ServedPage;
  readonly #server: Server;
  readonly #turns = new Turns();

  private constructor(page: ServedPage) {
    this.#page = page;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
  }

  static async start(page: ServedPage): Promise<WebviewServer> {
    const server = new WebviewServer(page);
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
    const { name: page, html, answer } = this.#page;
    if (url === '/') {
      response.setHeader('content-type', 'text/html');
      response.end(
        '<!DOCTYPE html><title>webview</title><style>html,body,iframe{margin:0;width:100%;height:100%;border:0;display:block}</style>' +
          `<iframe src="/${page}.html"></iframe><script>${relayScript}</script>`,
      );
    } else if (url === `/${page}.html`) {
      response.setHeader('content-type', 'text/html');
      const source = (extension: string) => `${this.origin}/${page}.${extension}`;
      response.end(html({ script: source('js'), style: source('css'), cspSource: this.origin }));
    } else if (url === '/host') {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const posted = decodedMessage(Buffer.concat(chunks).toString('utf8'));
      const { 'x-page': from, 'x-order': order } = request.headers;
      const answering = await this.#turns.take(String(from), Number(order), () => ({ answer: answer(posted) }));
      response.end(encoded({ message: await answering.answer }));
    } else {
      const name = url.slice(1).replaceAll('/', '');
      const content = await readFile(join(pageFolder, name)).catch(() => undefined);
      if (content === undefined) response.writeHead(404).end();
      else response.setHeader('content-type', types[name.split('.').at(-1)!] ?? 'text/plain').end(content);
    }
  }
}
