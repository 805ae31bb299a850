import assert from 'node:assert/strict';
import { fstatSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { joined, type Read, ReadAhead } from '../../../../src/engine/sessions/readAhead.ts';

describe('reading ahead', () => {
  let folder: string;
  let path: string;
  const size = 2_500_000;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'read-ahead-'));
    path = join(folder, 'weights');
    writeFileSync(path, new Uint8Array(size));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Notes what is read, and of which open file, and answers each read by `answer`. */
  function noting(answer: (done: () => void) => void) {
    const places: { position: number; length: number; bytes: number }[] = [];
    const files = new Set<number>();
    const read: Read = (file, buffer, _, length, position, done) => {
      files.add(file);
      assert.equal(fstatSync(file).size, size);
      places.push({ position, length, bytes: buffer.byteLength });
      answer(done);
    };
    return { places, files, read };
  }

  /** Undefined when no file is open by that number. */
  function inodeOf(file: number): number | undefined {
    try {
      return fstatSync(file).ino;
    } catch {
      return undefined;
    }
  }

  it('takes spans that follow each other in a file as one, whatever their order', () => {
    const span = (path: string, begin: number, byteLength: number) => ({ path, begin, byteLength });
    assert.deepEqual(joined([span('b', 0, 5), span('a', 10, 10), span('a', 0, 10), span('a', 21, 4)]), [
      span('a', 0, 20),
      span('a', 21, 4),
      span('b', 0, 5),
    ]);
    assert.deepEqual(joined([]), []);
  });

  it('hands over every read at once, and closes the file after the last', async () => {
    const answers: (() => void)[] = [];
    const { places, files, read } = noting((done) => answers.push(done));
    const reading = new ReadAhead(read).start([{ path, begin: 100, byteLength: size - 200 }]);
    // Before any is answered.
    let at = 100;
    for (const { position, length, bytes } of places) {
      assert.equal(position, at);
      assert.ok(length <= bytes);
      at += length;
    }
    assert.equal(at, size - 100);
    assert.ok(places.length > 1);
    for (const answer of answers) answer();
    await reading;
    const [file] = files;
    // Its number may by then be another's.
    assert.notEqual(inodeOf(file!), statSync(path).ino);
  });

  it('reads no more than it may', async () => {
    const { places, read } = noting((done) => setImmediate(done));
    const spans = [0, 1].map((i) => ({ path, begin: i * 1_500_000, byteLength: 1_000_000 }));
    await new ReadAhead(read).start(spans, 1_300_000.75);
    assert.equal(
      places.reduce((sum, { length }) => sum + length, 0),
      1_300_000,
    );
    assert.equal(places.at(-1)!.position + places.at(-1)!.length, 1_800_000);
  });

  it('leaves files that cannot be read to whoever needs them', async () => {
    const spans = ['missing', 'weights'].map((name) => ({ path: join(folder, name), begin: 0, byteLength: 10 * size }));
    await new ReadAhead().start(spans, Infinity);
  });
});
