import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/*
 * A server that answers as the Hugging Face Hub documents: repositories, trees in pages, preupload, LFS in one or several parts, commits as
 * lines of JSON. Its storage for large files is a second server, as the Hub's is. What happens in place of an answer, a test says.
 */

export const token = 'hf_madeSecretOfTheTests';

interface StoredFile {
  readonly bytes: Buffer;
  readonly isLarge: boolean;
}

interface Repository {
  readonly isPrivate: boolean;
  /** By path. */
  files: Map<string, StoredFile>;
  commits: string[];
}

export interface HubOptions {
  /** Of large files; left out: they come in one. */
  readonly partBytes?: number;
  /** At the end of the storage's addresses. */
  readonly signature?: string;
  /** Entries of a tree in one answer. */
  readonly page?: number;
  /** Before an answer is made; true: it was given, or the connection cut. `what` is `METHOD path`. */
  fault?: (what: string, response: ServerResponse, request: IncomingMessage) => boolean;
  /** After a commit was made, in place of its answer. */
  lost?: (response: ServerResponse) => boolean;
  /** What is stored of a large file. */
  store?: (bytes: Buffer) => Buffer;
}

const sha = (algorithm: string, ...parts: (string | Buffer)[]) => {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

export class LocalHub {
  readonly repositories = new Map<string, Repository>();
  /** Large files by hash, committed or not. */
  readonly large = new Map<string, Buffer>();
  /** `METHOD path` of all requests, in order. */
  readonly asked: string[] = [];
  /** Headers of authorization that the storage was sent: there must be none. */
  readonly leaked: string[] = [];
  readonly options: HubOptions;
  readonly #servers: Server[] = [];
  readonly #parts = new Map<string, Map<number, Buffer>>();
  address = '';
  #storage = '';

  private constructor(options: HubOptions) {
    this.options = options;
  }

  static async start(options: HubOptions = {}): Promise<LocalHub> {
    const hub = new LocalHub(options);
    hub.address = await hub.#listen((request, response) => hub.#answer(request, response));
    hub.#storage = await hub.#listen((request, response) => hub.#keep(request, response));
    return hub;
  }

  async #listen(answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>): Promise<string> {
    const server = createServer((request, response) => {
      const what = `${request.method} ${request.url!.split('?')[0]}`;
      this.asked.push(what);
      if (this.options.fault?.(what, response, request)) return;
      answer(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
    this.#servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    }
  }

  get environment(): NodeJS.ProcessEnv {
    return { HF_ENDPOINT: this.address, HF_TOKEN: token };
  }

  add(id: string, files: Readonly<Record<string, string | Buffer>>, isPrivate = false): void {
    const stored = Object.entries(files).map(([path, content]): [string, StoredFile] => [
      path,
      { bytes: Buffer.from(content), isLarge: path.endsWith('.safetensors') },
    ]);
    this.repositories.set(id, { isPrivate, files: new Map(stored), commits: ['c0'] });
  }

  content(id: string): Record<string, Buffer> {
    return Object.fromEntries([...this.repositories.get(id)!.files].map(([path, { bytes }]) => [path, bytes]));
  }

  /** Requests whose method and path match. */
  count(pattern: RegExp): number {
    return this.asked.filter((what) => pattern.test(what)).length;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, this.address);
    const json = (status: number, value: unknown, headers: Record<string, string> = {}) =>
      void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
    if (request.headers.authorization !== `Bearer ${token}`) {
      return json(401, { error: `Invalid credentials: ${request.headers.authorization}` });
    }
    const body = await buffer(request);
    const path = url.pathname;
    if (path === '/api/whoami-v2') return json(200, { type: 'user', name: 'somebody' });
    if (path === '/api/repos/create') {
      const { name, organization, private: isPrivate } = JSON.parse(body.toString());
      const id = `${organization}/${name}`;
      if (organization !== 'me') return json(403, { error: 'You don’t have the rights to create a model there' });
      if (this.repositories.has(id)) return json(409, { error: 'exists' });
      this.repositories.set(id, { isPrivate, files: new Map(), commits: ['c0'] });
      return json(200, { url: `${this.address}/${id}`, id });
    }
    const [, id, rest] =
      /^\/(?:api\/models\/)?([^/]+\/[^/]+?)(\.git\/.*|\/(?:tree|preupload|commit)\/.*)?$/.exec(path) ?? [];
    const repository = this.repositories.get(id ?? '');
    if (repository === undefined) return json(404, { error: 'Repository not found' });
    if (rest === undefined) return json(200, { id, private: repository.isPrivate, sha: repository.commits.at(-1) });
    if (rest.startsWith('/tree/')) return this.#tree(repository, url, json);
    if (rest.startsWith('/preupload/')) {
      const { files } = JSON.parse(body.toString()) as { files: { path: string; size: number; sample: string }[] };
      return json(200, {
        files: files.map((file) => ({ ...file, uploadMode: file.path.endsWith('.safetensors') ? 'lfs' : 'regular' })),
      });
    }
    if (rest.startsWith('.git/')) return this.#batch(JSON.parse(body.toString()), json);
    this.#commit(repository, body.toString());
    if (this.options.lost?.(response)) return;
    json(200, { success: true, commitOid: repository.commits.at(-1), commitUrl: this.address, hookOutput: '' });
  }

  #tree(
    { files }: Repository,
    url: URL,
    json: (status: number, value: unknown, headers?: Record<string, string>) => void,
  ) {
    const entries = [...files].map(([path, { bytes, isLarge }]) => {
      const git = sha('sha1', `blob ${bytes.length}\0`, bytes);
      const lfs = { oid: sha('sha256', bytes), size: bytes.length, pointerSize: 134 };
      return { type: 'file', path, size: bytes.length, oid: git, ...(isLarge && { lfs }) };
    });
    const { page = 1000 } = this.options;
    const from = Number(url.searchParams.get('cursor') ?? 0);
    url.searchParams.set('cursor', String(from + page));
    const more = from + page < entries.length ? { link: `<${url.href}>; rel="next"` } : undefined;
    json(200, entries.slice(from, from + page), more);
  }

  #batch({ objects }: { objects: { oid: string; size: number }[] }, json: (status: number, value: unknown) => void) {
    const { partBytes } = this.options;
    json(200, {
      transfer: 'basic',
      objects: objects.map(({ oid, size }) => {
        if (this.large.has(oid)) return { oid, size };
        if (partBytes === undefined)
          return { oid, size, actions: { upload: { href: `${this.#storage}/${oid}${this.options.signature ?? ''}` } } };
        const parts = Array.from({ length: Math.ceil(size / partBytes) }, (_, i): [string, string] => [
          String(i + 1).padStart(5, '0'),
          `${this.#storage}/${oid}/${i + 1}`,
        ]);
        const header = { chunk_size: String(partBytes), ...Object.fromEntries(parts) };
        return { oid, size, actions: { upload: { href: `${this.#storage}/${oid}/complete`, header } } };
      }),
    });
  }

  async #keep(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { authorization, 'content-length': length } = request.headers;
    if (authorization !== undefined) this.leaked.push(authorization);
    const body = await buffer(request);
    const [, oid = '', part] = request.url!.split('/');
    const { store = (bytes: Buffer) => bytes } = this.options;
    // As S3, which takes no body of unknown length.
    if (Number(length) !== body.length) return void response.writeHead(411).end();
    if (part === undefined) this.large.set(oid, store(body));
    else if (part === 'complete') {
      const parts = [...this.#parts.get(oid)!].sort(([a], [b]) => a - b);
      const { parts: told } = JSON.parse(body.toString()) as { parts: { partNumber: number; etag: string }[] };
      if (told.some(({ partNumber, etag }) => etag !== `"${partNumber}"`)) return void response.writeHead(400).end();
      this.large.set(oid, store(Buffer.concat(parts.map(([, bytes]) => bytes))));
    } else {
      const parts = this.#parts.get(oid) ?? new Map<number, Buffer>();
      this.#parts.set(oid, parts.set(Number(part), body));
    }
    response.writeHead(200, { etag: `"${part}"` }).end();
  }

  #commit(repository: Repository, lines: string): void {
    for (const line of lines.split('\n')) {
      const { key, value } = JSON.parse(line) as { key: string; value: Record<string, string> };
      if (key === 'header') {
        const parent = value['parentCommit'];
        if (parent !== undefined && parent !== repository.commits.at(-1))
          throw new Error('a commit has happened since');
      } else if (key === 'lfsFile') {
        repository.files.set(value['path']!, { bytes: this.large.get(value['oid']!)!, isLarge: true });
      } else if (key === 'file') {
        repository.files.set(value['path']!, { bytes: Buffer.from(value['content']!, 'base64'), isLarge: false });
      } else throw new Error(`unknown: ${key}`);
    }
    repository.commits.push(`c${repository.commits.length}`);
  }
}
