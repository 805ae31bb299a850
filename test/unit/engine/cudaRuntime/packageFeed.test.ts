import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { environmentFetch, type FeedFetch } from '../../../../src/engine/device/cudaRuntime/feedFetch.ts';
import { findPackage } from '../../../../src/engine/device/cudaRuntime/packageFeed.ts';
import { parseSha512 } from '../../../../src/engine/device/cudaRuntime/packageFile.ts';
import { runtimePackageVersion } from '../../../../src/engine/device/cudaRuntime/runtimePlace.ts';
import { InputError, Interrupted } from '../../../../src/errors.ts';
import { setEnvironment } from '../../../environment.ts';
import { LocalFeed, sha512, standIn } from './localFeed.ts';

const never = new AbortController().signal;

describe('the package feed', () => {
  it('is not asked without TLS, unless it is on this machine', async () => {
    const fetch = await environmentFetch();
    const asked = findPackage(fetch, runtimePackageVersion(), never, 'http://feed.example/index.json');
    await assert.rejects(asked, /no https address/);
  });

  it('is followed to another address, never to one without TLS, nor in circles', async () => {
    const fetch = await environmentFetch();
    const asked = async (movedTo: string) => {
      const feed = await LocalFeed.start(standIn, { movedTo });
      try {
        return await findPackage(fetch, runtimePackageVersion(), never, feed.index);
      } finally {
        await feed.stop();
      }
    };
    assert.equal((await asked('/moved.json')).sha512, sha512(standIn));
    await assert.rejects(asked('http://feed.example/index.json'), (error) => {
      assert.ok(error instanceof InputError, String(error));
      assert.match(error.message, /"http:\/\/feed\.example\/index\.json", which is no https address/);
      return true;
    });
    await assert.rejects(asked('/index.json'), /\/index\.json is redirected more than 10 times/);
  });

  it('is not asked with a password, which is never shown', async () => {
    const fetch = await environmentFetch();
    for (const scheme of ['http', 'https']) {
      const asked = findPackage(fetch, runtimePackageVersion(), never, `${scheme}://me:secret@feed.example/index.json`);
      await assert.rejects(asked, (error) => {
        assert.ok(error instanceof InputError, String(error));
        assert.match(error.message, /feed\.example/);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
    }
  });

  it('is not asked through a proxy that is none, whose password is never shown', async () => {
    const restore = setEnvironment({ HTTPS_PROXY: 'me:secret@proxy:x' });
    try {
      await assert.rejects(environmentFetch(), (error) => {
        assert.ok(error instanceof InputError, String(error));
        assert.match(error.message, /HTTPS_PROXY/);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
    } finally {
      restore();
    }
  });

  it('may be given up while it answers', async () => {
    const stop = new AbortController();
    const fetch: FeedFetch = async () => ({
      ok: true,
      status: 200,
      headers: { get: () => null },
      body: (async function* () {
        stop.abort();
        yield* [];
        throw new Error('aborted');
      })(),
    });
    await assert.rejects(findPackage(fetch, runtimePackageVersion(), stop.signal), Interrupted);
  });

  it('that cannot be reached is named', async () => {
    const feed = await LocalFeed.start(standIn);
    const { index } = feed;
    await feed.stop();
    const asked = findPackage(await environmentFetch(), runtimePackageVersion(), never, index);
    await assert.rejects(asked, /Cannot reach 127\.0\.0\.1:\d+: .*ECONNREFUSED/);
  });

  it('that does not have the version says so', async () => {
    const feed = await LocalFeed.start(standIn);
    try {
      const asked = findPackage(await environmentFetch(), '0.0.1', never, feed.index);
      await assert.rejects(asked, /0\.0\.1\.json answered with HTTP status 404/);
    } finally {
      await feed.stop();
    }
  });

  it('is asked through the proxy of the environment', async () => {
    const feed = await LocalFeed.start(standIn);
    const asked: string[] = [];
    const proxy = createServer().on('connect', ({ url = '' }, client: Socket) => {
      asked.push(url);
      const upstream = connect(Number(new URL(feed.url).port), '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        client.pipe(upstream).pipe(client);
      });
      client.on('close', () => upstream.destroy()).on('error', () => upstream.destroy());
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const http_proxy = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const restore = setEnvironment({ NO_PROXY: undefined, no_proxy: undefined, HTTP_PROXY: undefined, http_proxy });
    try {
      // Nobody listens at this address: only the proxy knows the way.
      const index = 'http://localhost:19999/index.json';
      const found = await findPackage(await environmentFetch(), runtimePackageVersion(), never, index);
      assert.equal(found.sha512, sha512(standIn));
      assert.ok(asked.includes('localhost:19999'), asked.join());
    } finally {
      restore();
      proxy.closeAllConnections();
      proxy.close();
      await feed.stop();
    }
  });
});

describe('a SHA-512', () => {
  it('may be hexadecimal or base64', () => {
    const base64 = sha512(standIn);
    assert.equal(parseSha512(` ${Buffer.from(base64, 'base64').toString('hex')}\n`), base64);
    assert.equal(parseSha512(base64), base64);
    assert.throws(() => parseSha512('abc'), /"abc" is no SHA-512/);
  });
});
