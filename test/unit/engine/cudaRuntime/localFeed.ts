import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import { providerFiles, runtimePackageVersion } from '../../../../src/engine/device/cudaRuntime/runtimePlace.ts';
import { madeElf } from '../cudaLibraries/madeElf.ts';

const id = 'microsoft.ml.onnxruntime.gpu.linux';

/** Versions of CUDA's libraries that no machine has. */
export const absentNeeds = [
  'libcublasLt.so.99',
  'libcublas.so.99',
  'libcurand.so.90',
  'libcudart.so.99',
  'libcuda.so.1',
];

/** Stands in for the provider's bridge: opens, and has no code. Takes some chunks to send, whatever packs it. */
export const standIn = Buffer.concat([
  madeElf({ soname: providerFiles[0] }),
  ...Array.from({ length: 6000 }, (_, i) => createHash('sha256').update(String(i)).digest()),
]);
/** Stands in for the provider of a version. */
export const madeProvider = (version = runtimePackageVersion(), needed: readonly string[] = absentNeeds) =>
  Buffer.concat([madeElf({ needed: [...needed, 'libc.so.6'], text: version }), standIn]);
const provider = madeProvider();

/** A package: the two libraries, what every NuGet package has besides, and `more` or instead. */
export async function makePackage(more: Readonly<Record<string, Buffer | undefined>> = {}): Promise<Buffer> {
  const native = 'runtimes/linux-x64/native/';
  const entries: Record<string, Buffer | undefined> = {
    'Microsoft.ML.OnnxRuntime.Gpu.Linux.nuspec': Buffer.from('<package/>'),
    [`${native}libonnxruntime_providers_tensorrt.so`]: standIn,
    [native + providerFiles[0]]: standIn,
    [native + providerFiles[1]]: provider,
    ...more,
  };
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(entries)) if (content !== undefined) zip.addBuffer(content, name);
  zip.end();
  return buffer(zip.outputStream);
}

export const sha512 = (content: Buffer) => createHash('sha512').update(content).digest('base64');

export interface FeedFaults {
  /** Sent instead of the package that is announced. */
  readonly sent?: Buffer;
  /** Announced instead of the true size. */
  readonly bytes?: number;
  /** Cuts the connection after so many bytes. */
  readonly cutAt?: number;
  /** Where the feed's index is redirected to. */
  readonly movedTo?: string;
  /** Sends half of the package and then nothing, until the other side goes. */
  readonly stalls?: boolean;
}

/** A package feed of NuGet's protocol on this machine. */
export class LocalFeed {
  readonly requests: string[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(
    content: Buffer,
    { sent = content, bytes = content.length, cutAt, movedTo, stalls }: FeedFaults = {},
  ) {
    const server = createServer((request, response) => {
      const { url = '' } = request;
      feed.requests.push(url);
      const json = (value: unknown) => response.end(JSON.stringify(value));
      // A proxy is asked with the whole address.
      const path = url.replace(/^http:\/\/[^/]+/, '');
      const index = () => ({
        resources: [
          { '@id': `${feed.url}/packages/`, '@type': 'PackageBaseAddress/3.0.0' },
          { '@id': `${feed.url}/registration/`, '@type': 'RegistrationsBaseUrl/3.6.0' },
        ],
      });
      switch (path) {
        case '/index.json':
          if (movedTo !== undefined) return response.writeHead(302, { location: movedTo }).end();
          return json(index());
        case '/moved.json':
          return json(index());
        case `/registration/${id}/${runtimePackageVersion()}.json`:
          return json({ catalogEntry: `${feed.url}/catalog.json` });
        case '/catalog.json':
          return json({ packageHash: sha512(content), packageHashAlgorithm: 'SHA512', packageSize: bytes });
        case `/packages/${id}/${runtimePackageVersion()}/${id}.${runtimePackageVersion()}.nupkg`:
          if (stalls) return response.write(sent.subarray(0, sent.length / 2));
          if (cutAt !== undefined) return response.write(sent.subarray(0, cutAt), () => response.destroy());
          return response.end(sent);
        default:
          response.statusCode = 404;
          return response.end();
      }
    });
    const feed = new LocalFeed(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return feed;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get index(): string {
    return `${this.url}/index.json`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
