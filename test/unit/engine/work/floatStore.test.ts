import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, openSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FloatStore } from '../../../../src/engine/work/floatStore.ts';
import { RunError } from '../../../../src/errors.ts';
import { ScratchFile, scratchRoom } from '../../../../src/files/writing/scratchFile.ts';

const values = (length: number, start: number) => Float32Array.from({ length }, (_, i) => start + i / 3);

describe('values set aside', () => {
  let folder: string;
  let opened: ScratchFile[];
  const store = (bytes: number) =>
    new FloatStore(bytes, () => {
      opened.push(new ScratchFile(folder));
      return opened.at(-1)!;
    });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'store-'));
    opened = [];
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('stay in memory up to the limit, and no file is made', () => {
    const kept = store(4000);
    const stored = kept.put(values(1000, 1));
    assert.deepEqual(stored.read(), values(1000, 1));
    assert.equal(opened.length, 0);
    stored.free();
    assert.deepEqual(kept.put(values(1000, 2)).read(), values(1000, 2));
    assert.equal(opened.length, 0);
    kept.close();
  });

  it('come back from the scratch file bit for bit, in any order, and places are used again', () => {
    const kept = store(400);
    const stored = [100, 300, 1, 0, 300, 5000].map((length, i) => kept.put(values(length, i)));
    assert.equal(opened.length, 1);
    for (const i of [4, 0, 5, 3, 1, 2]) assert.deepEqual(stored[i]!.read(), values([100, 300, 1, 0, 300, 5000][i]!, i));
    const size = opened[0]!.bytes;
    stored[4]!.free();
    stored[1]!.free();
    const again = [kept.put(values(300, 7)), kept.put(values(300, 8))];
    assert.equal(opened[0]!.bytes, size);
    assert.deepEqual(again[0]!.read(), values(300, 7));
    assert.deepEqual(again[1]!.read(), values(300, 8));
    assert.deepEqual(stored[5]!.read(), values(5000, 5));
    kept.close();
  });

  it('write views of larger arrays, and NaN and infinities, as they are', () => {
    const odd = Float32Array.of(0, Number.NaN, Infinity, -0, 1e-45);
    const kept = store(0);
    const bits = (array: Float32Array) => [...new Uint32Array(array.slice().buffer)];
    assert.deepEqual(bits(kept.put(odd.subarray(1)).read()), bits(odd.subarray(1)));
    kept.close();
  });

  it('leave no name behind while the file is open', () => {
    const kept = store(0);
    kept.put(values(10, 0));
    assert.deepEqual(readdirSync(folder), []);
    kept.close();
  });

  it('say what to do when there is no room', () => {
    const kept = new FloatStore(0, () => new ScratchFile(join(folder, 'missing')));
    assert.throws(
      () => kept.put(values(10, 0)),
      (error) =>
        error instanceof RunError && /^".*missing" cannot be written to \(ENOENT\) .*--memory\.$/.test(error.message),
    );
  });

  it('know how much room there is', () => {
    assert.ok(scratchRoom(folder) > 0);
    assert.equal(scratchRoom(join(folder, 'missing')), 0);
  });

  // A device that is always full, in place of the file.
  if (existsSync('/dev/full')) {
    it('say that the disk is full', () => {
      const scratch = new ScratchFile(folder, () => openSync('/dev/full', 'r+'));
      assert.throws(
        () => scratch.write(values(10, 0)),
        (error) => error instanceof RunError && error.message.startsWith(`"${folder}" has no room for the activations`),
      );
      scratch.close();
    });
  }
});
