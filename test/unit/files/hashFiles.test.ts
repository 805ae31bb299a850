import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError, Interrupted } from '../../../src/errors.ts';
import { type FileToHash, hashFiles } from '../../../src/files/hashing/hashFiles.ts';
import { ChangedInput } from '../../../src/files/reading/fileIdentity.ts';
import { inputKinds } from '../../../src/files/reading/inputKind.ts';
import { identifyInput } from '../../../src/files/reading/openInput.ts';

const going = new AbortController().signal;

describe('hashing of files', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hashing-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function file(name: string, content: string | Buffer): Promise<FileToHash> {
    const path = join(folder, name);
    writeFileSync(path, content);
    return { path, kind: inputKinds.weights, identity: await identifyInput(path, inputKinds.weights) };
  }

  /** Far more than is hashed before anyone stops it, and nothing on the disk. */
  async function endless(name: string): Promise<FileToHash> {
    const { path } = await file(name, '');
    truncateSync(path, 2 ** 42);
    return { path, kind: inputKinds.weights, identity: await identifyInput(path, inputKinds.weights) };
  }

  // More files than threads, the largest last, one of them empty.
  const contents = [Buffer.alloc(5_000_000, 'ab'), '', 'word', Buffer.alloc(3_000_000, 7), Buffer.alloc(9_000_000, 1)];

  for (const threads of [0, 1, 2, 3]) {
    it(`gives each file's hash in the order of the files, with ${threads} threads`, async () => {
      const files = await Promise.all(contents.map((content, i) => file(`${i}`, content)));
      const expected = contents.map((content) => createHash('sha256').update(content).digest('hex'));
      assert.deepEqual(await hashFiles(files, going, threads), expected);
    });

    it(`names the file that is not what it was, with ${threads} threads`, async () => {
      const files = [await file('same', 'a'), await file('other', 'b')];
      writeFileSync(files[1]!.path, 'c, and longer');
      await assert.rejects(hashFiles(files, going, threads), (error: unknown) => {
        assert.ok(error instanceof ChangedInput, String(error));
        assert.equal(error.message, `"${files[1]!.path}" changed while it was read: leave it alone and try again.`);
        return true;
      });
    });

    it(`names the file that is gone, with ${threads} threads, and does not wait for the others`, async () => {
      const files = [...(threads > 1 ? [await endless('endless')] : []), await file('gone', 'a')];
      const { path } = files.at(-1)!;
      rmSync(path);
      await assert.rejects(hashFiles(files, going, threads), (error: unknown) => {
        assert.ok(error instanceof InputError, String(error));
        assert.equal(error.message, `Cannot read "${path}": there is no such file.`);
        return true;
      });
    });

    it(`stops in the middle of a file, with ${threads} threads`, async () => {
      const stop = new AbortController();
      const hashing = hashFiles([await endless('one'), await endless('two')], stop.signal, threads);
      setTimeout(() => stop.abort(), 100);
      await assert.rejects(hashing, Interrupted);
    });
  }
});
