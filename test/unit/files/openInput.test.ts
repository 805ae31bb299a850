import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRowFile } from '../../../src/calibration/rows/openRowFile.ts';
import { InputFile } from '../../../src/files/reading/inputFile.ts';
import { inputKinds } from '../../../src/files/reading/inputKind.ts';
import { identifyInput, openInput, openInputSync } from '../../../src/files/reading/openInput.ts';
import { hashInput, readInput, withInput } from '../../../src/files/reading/readInput.ts';
import { readTextFile } from '../../../src/files/reading/textFile.ts';

/** Every way in which an input is opened. */
const ways: Readonly<Record<string, (path: string) => unknown>> = {
  openInput: (path) => openInput(path, inputKinds.weights),
  openInputSync: (path) => openInputSync(path, inputKinds.weights),
  identifyInput: (path) => identifyInput(path, inputKinds.weights),
  InputFile: (path) => new InputFile(path, inputKinds.weights),
  readInput: (path) => readInput(path, inputKinds.weights),
  readTextFile: (path) => readTextFile(path, inputKinds.config),
  hashInput: (path) => hashInput(path, inputKinds.weights),
  openRowFile: (path) => openRowFile(0, path),
};

describe('opening an input', () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'input-')));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const specials: readonly (readonly [string, string, (path: string) => void])[] = [
    [
      'a named pipe',
      'a named pipe, not a regular file: write what it gives into a file and give that',
      (path) => void execFileSync('mkfifo', [path]),
    ],
    ['a link to a device that never ends', 'a device, not a regular file', (path) => symlinkSync('/dev/zero', path)],
    ['a folder', 'a folder, not a file', (path) => mkdirSync(path)],
  ];
  for (const [what, said, make] of specials) {
    for (const [name, open] of Object.entries(ways)) {
      it(`${name} refuses ${what} at once`, async function () {
        if (process.platform === 'win32') this.skip();
        make(at('x'));
        await assert.rejects(async () => open(at('x')), {
          name: 'InputError',
          message: `Cannot read "${at('x')}": it is ${said}.`,
        });
      });
    }
  }

  it('refuses a socket', async function () {
    if (process.platform === 'win32') this.skip();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(at('x'), resolve));
    try {
      const message = `Cannot read "${at('x')}": it is a socket, not a regular file.`;
      await assert.rejects(readInput(at('x'), inputKinds.config), { name: 'InputError', message });
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('refuses a file larger than its kind may be, and says so', async () => {
    writeFileSync(at('x'), '12345');
    const kind = { what: 'a little file', maxBytes: 4 };
    const message = `"${at('x')}" has 5 bytes, more than the 4 bytes expected of a little file.`;
    await assert.rejects(readInput(at('x'), kind), { name: 'InputError', message });
    assert.throws(() => openInputSync(at('x'), kind), { name: 'InputError', message });
    assert.equal((await readInput(at('x'), { ...kind, maxBytes: 5 })).bytes.length, 5);
  });

  it('follows links to regular files, as in Hub caches', async () => {
    writeFileSync(at('blob'), 'text');
    symlinkSync(at('blob'), at('x'));
    symlinkSync(at('x'), at('y'));
    assert.equal(await readTextFile(at('y'), inputKinds.config), 'text');
  });

  it('reads no more than was there at the start, and tells of a file that grows', async () => {
    writeFileSync(at('x'), '1\n2\n');
    const file = await openRowFile(0, at('x'));
    appendFileSync(at('x'), '3\n');
    const rows: unknown[] = [];
    for await (const row of file.readAll()) rows.push(row.read());
    assert.deepEqual(rows, [1n, 2n]);
    const message = `"${at('x')}" changed while it was read: leave it alone and try again.`;
    assert.throws(() => file.checkUnchanged(), { name: 'RunError', message });
    file.close();
    const grows = withInput(at('x'), inputKinds.config, async () => appendFileSync(at('x'), 'd'));
    await assert.rejects(grows, { name: 'RunError', message });
  });
});
