import assert from 'node:assert/strict';
import type { FeedFetch } from '../../../../src/engine/device/cudaRuntime/feedFetch.ts';
import { findPackage } from '../../../../src/engine/device/cudaRuntime/packageFeed.ts';
import { fetchPackage } from '../../../../src/engine/device/cudaRuntime/packageFile.ts';
import { InputError, RunError } from '../../../../src/errors.ts';

const never = new AbortController().signal;
const index = 'https://feed.example/index.json';
const hash = Buffer.alloc(64).toString('base64');

/** What an address answers: a place to ask instead, or content. */
type Answer = { readonly location: string } | { readonly content: AsyncIterable<Uint8Array> };

const json = (value: unknown): Answer => ({
  content: (async function* () {
    yield Buffer.from(JSON.stringify(value));
  })(),
});

/** A feed with TLS, as far as anybody can tell: what each address answers, and what was asked for. */
function feedOf(answers: Readonly<Record<string, () => Answer>>) {
  const asked: string[] = [];
  const fetch: FeedFetch = async (url) => {
    asked.push(url);
    const answer = answers[url]?.();
    if (answer === undefined) return { ok: false, status: 404, headers: { get: () => null }, body: null };
    const moved = 'location' in answer;
    const headers = { get: (name: string) => (moved && name === 'location' ? answer.location : null) };
    return { ok: !moved, status: moved ? 302 : 200, headers, body: moved ? null : answer.content };
  };
  return { asked, fetch };
}

const leaf = 'https://feed.example/registration/microsoft.ml.onnxruntime.gpu.linux/1.2.3.json';
const catalog = 'https://feed.example/catalog.json';
const resources = (content: string) => [
  { '@id': content, '@type': 'PackageBaseAddress/3.0.0' },
  { '@id': 'https://feed.example/registration/', '@type': 'RegistrationsBaseUrl/3.6.0' },
];
const answers = {
  [index]: () => json({ resources: resources('https://feed.example/packages/') }),
  [leaf]: () => json({ catalogEntry: catalog }),
  [catalog]: () => json({ packageHash: hash, packageHashAlgorithm: 'SHA512', packageSize: 10 }),
};

describe('a package feed with TLS', () => {
  it('is read in three documents', async () => {
    const { fetch, asked } = feedOf(answers);
    const { url, bytes } = await findPackage(fetch, '1.2.3', never, index);
    assert.match(url, /^https:\/\/feed\.example\/packages\//);
    assert.equal(bytes, 10);
    assert.deepEqual(asked, [index, leaf, catalog]);
  });

  for (const place of [
    'http://feed.example/x.json',
    'http://127.0.0.1:9/x.json',
    'http://localhost/x',
    'http://[::1]/x',
  ]) {
    for (const document of [index, leaf, catalog]) {
      it(`is not followed from ${new URL(document).pathname.split('/').at(-1)} to ${place}`, async () => {
        const { fetch, asked } = feedOf({ ...answers, [document]: () => ({ location: place }) });
        await assert.rejects(findPackage(fetch, '1.2.3', never, index), (error) => {
          assert.ok(error instanceof InputError, String(error));
          assert.match(error.message, /, which is no https address: nothing is fetched from it\.$/);
          return true;
        });
        assert.ok(!asked.includes(place));
      });
    }

    it(`is not believed when it names ${place}`, async () => {
      for (const named of [
        { [index]: () => json({ resources: resources(place) }) },
        { [leaf]: () => json({ catalogEntry: place }) },
      ]) {
        const { fetch, asked } = feedOf({ ...answers, ...named });
        await assert.rejects(findPackage(fetch, '1.2.3', never, index), InputError);
        assert.ok(asked.every((url) => url.startsWith('https:')));
      }
    });

    it(`does not have the package fetched from ${place}`, async () => {
      const url = 'https://feed.example/package';
      const { fetch, asked } = feedOf({ [url]: () => ({ location: place }) });
      const found = { url, bytes: 10, sha512: hash, licence: '' };
      await assert.rejects(
        fetchPackage(fetch, found, '/nowhere', never, () => undefined),
        InputError,
      );
      assert.deepEqual(asked, [url]);
    });
  }

  for (const document of [index, leaf, catalog]) {
    it(`is not read without end: ${new URL(document).pathname.split('/').at(-1)}`, async () => {
      let [sent, closed] = [0, false];
      async function* endless() {
        try {
          for (;;) {
            sent += 2 ** 16;
            yield new Uint8Array(2 ** 16).fill(0x20);
          }
        } finally {
          closed = true;
        }
      }
      const { fetch } = feedOf({ ...answers, [document]: () => ({ content: endless() }) });
      await assert.rejects(findPackage(fetch, '1.2.3', never, index), (error) => {
        assert.ok(error instanceof RunError, String(error));
        assert.match(error.message, /\.json answers with more than 4 MB, as no package feed does\. Not read\.$/);
        return true;
      });
      assert.ok(sent < 5e6, `${sent} bytes`);
      assert.equal(closed, true);
    });
  }
});
