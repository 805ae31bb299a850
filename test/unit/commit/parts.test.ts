import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commitCheckpoint } from '../../../src/commit/commit.ts';
import type { CommitOptions } from '../../../src/commit/commitOptions.ts';
import { partName } from '../../../src/commit/parts/commitPart.ts';
import { removeParts } from '../../../src/commit/parts/partFiles.ts';
import { writePart } from '../../../src/commit/parts/writePart.ts';
import { preparedCommit } from './tinyPair.ts';

const pins = 'a'.repeat(64);

describe('a commit in parts', () => {
  let folder: string;
  let options: CommitOptions;
  const at = (...path: string[]) => join(folder, ...path);
  const parts = () => at('parts');
  beforeEach(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'parts-')));
    options = await preparedCommit(folder, { shards: 5 });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (index: number, count: number, more: Partial<Parameters<typeof writePart>[0]> = {}) =>
    writePart({ ...options, folder: parts(), pins, part: { index, count }, ...more });
  const take = (more: Partial<CommitOptions> = {}) =>
    commitCheckpoint({ ...options, parts: { folder: parts(), pins }, ...more });
  const hashes = (name: string) =>
    Object.fromEntries(
      readdirSync(at(name))
        .sort()
        .map((file) => [
          file,
          createHash('sha256')
            .update(readFileSync(at(name, file)))
            .digest('hex'),
        ]),
    );

  for (const count of [1, 2, 3, 7]) {
    it(`gives the bytes of one process, in ${count} parts`, async () => {
      for (let index = count - 1; index >= 0; index--) await write(index, count);
      const files = await take();
      await commitCheckpoint({ ...options, out: at('whole') });
      assert.deepEqual(hashes('out'), hashes('whole'));
      await removeParts(parts(), files);
      assert.deepEqual(readdirSync(folder).sort(), ['base', 'out', 'sft', 'whole']);
    });
  }

  it('goes on with the files that are missing, also where two are at it', async () => {
    const stop = new AbortController();
    const onProgress = ({ doneBytes, totalBytes }: { readonly doneBytes: number; readonly totalBytes: number }) => {
      if (doneBytes > totalBytes / 3) stop.abort();
    };
    await assert.rejects(write(0, 1, { onProgress, signal: stop.signal }), { name: 'Interrupted' });
    const kept = readdirSync(parts()).filter((name) => name.endsWith('.receipt.json')).length;
    assert.ok(kept > 0 && kept < 5, `${kept} files are kept`);
    assert.deepEqual(
      readdirSync(parts()).filter((name) => name.startsWith('attempt-')),
      [],
    );
    await assert.rejects(take(), {
      name: 'InputError',
      message: /^Missing in ".*parts": .*\.safetensors.* Write all parts/,
    });
    await Promise.all([write(0, 1), write(0, 1)]);
    await take();
    await commitCheckpoint({ ...options, out: at('whole') });
    assert.deepEqual(hashes('out'), hashes('whole'));
  });

  it('names what is missing, of another commit, damaged, or other on the disk, and leaves no checkpoint', async () => {
    await write(0, 2);
    await assert.rejects(take(), { name: 'InputError', message: /^Missing in ".*": model-0000[345]-of-00005/ });
    await write(1, 2);
    const other = { name: 'InputError', message: /is of another commit .* name another folder with --partials/ };
    await assert.rejects(take({ parts: { folder: parts(), pins: 'b'.repeat(64) } }), other);
    await assert.rejects(write(0, 2, { pins: 'b'.repeat(64) }), other);
    const name = readdirSync(parts()).find((each) => each.endsWith('.safetensors'))!;
    const receipt = readFileSync(join(parts(), `${name}.receipt.json`));
    for (const damaged of ['{"schema": "x"}', '{']) {
      writeFileSync(join(parts(), `${name}.receipt.json`), damaged);
      await assert.rejects(take(), { name: 'InputError', message: /\.receipt\.json" is damaged: delete it/ });
    }
    writeFileSync(join(parts(), `${name}.receipt.json`), receipt);
    const bytes = readFileSync(join(parts(), name));
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(join(parts(), name), bytes);
    await assert.rejects(take(), {
      name: 'RunError',
      message: /parts\/model-.*" is not what its part wrote: delete it/,
    });
    assert.ok(!readdirSync(folder).some((each) => each.startsWith('out') || each.startsWith('.out')));
    // What was good is there still.
    rmSync(join(parts(), name));
    rmSync(join(parts(), partName({ index: 0, count: 2 })));
    await write(0, 2);
    await take();
  });

  it('writes a file again that was cut off since', async () => {
    const [file] = await write(0, 1);
    truncateSync(join(parts(), file!.name), 100);
    await assert.rejects(take(), { name: 'InputError', message: /^Missing in ".*": model-00001-of-00005/ });
    await write(0, 1);
    await take();
  });

  it('deletes of the folder only what is its own', async () => {
    await write(0, 1);
    writeFileSync(join(parts(), 'notes.txt'), 'mine');
    await removeParts(parts(), await take());
    assert.deepEqual(readdirSync(parts()), ['notes.txt']);
  });
});
