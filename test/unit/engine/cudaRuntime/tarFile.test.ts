import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { tarEntries } from '../../../../src/engine/device/cudaRuntime/tarFile.ts';
import { type MadeEntry, paxEntry, tarball, tarEntry } from './madeTar.ts';

describe('a tarball', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tar-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  async function read(bytes: Buffer, take = true): Promise<(readonly [name: string, content: string])[]> {
    const path = join(folder, 'it.tgz');
    writeFileSync(path, bytes);
    const found: (readonly [string, string])[] = [];
    for await (const { name, content } of tarEntries(path)) {
      const parts: Buffer[] = [];
      if (take) for await (const part of content) parts.push(part);
      found.push([name, Buffer.concat(parts).toString()]);
    }
    return found;
  }
  const long = 'x'.repeat(40_000);

  it('gives its regular files, whatever way their names are written', async () => {
    const name = `package/${'n'.repeat(200)}`;
    const entries: MadeEntry[] = [
      { name: 'package', kind: '5' },
      { name: 'package/a', content: Buffer.from('one') },
      { name: 'package/link', kind: '2' },
      { name: 'b', prefix: 'package/deep', content: Buffer.from(long) },
      paxEntry('path', name),
      { name: 'short', content: Buffer.from('two') },
      { name: '././@LongLink', kind: 'L', content: Buffer.from(`${name}2\0`) },
      { name: 'short', content: Buffer.alloc(0) },
      { name: 'package/last', content: Buffer.alloc(512, 'z') },
    ];
    const expected = [
      ['package/a', 'one'],
      ['package/deep/b', long],
      [name, 'two'],
      [`${name}2`, ''],
      ['package/last', 'z'.repeat(512)],
    ];
    assert.deepEqual(await read(tarball(entries)), expected);
    // Some writers leave the end out.
    assert.deepEqual(await read(tarball(entries, Buffer.alloc(0))), expected);
    // What nobody reads is passed over.
    assert.deepEqual(
      (await read(tarball(entries), false)).map(([each]) => each),
      expected.map(([each]) => each),
    );
  });

  const file: MadeEntry = { name: 'package/a', content: Buffer.from('one') };
  const damaged = tarEntry(file);
  damaged[3]! ^= 1;
  const refused: readonly (readonly [name: string, bytes: () => Buffer, expected: RegExp])[] = [
    ['that is none', () => gzipSync(Buffer.from('text '.repeat(200))), /it is no tar file, or damaged/],
    ['with a damaged header', () => gzipSync(damaged), /it is no tar file, or damaged/],
    ['cut short in a header', () => gzipSync(tarEntry(file).subarray(0, 300)), /it is cut short/],
    [
      'cut short in a file',
      () => gzipSync(tarEntry({ name: 'a', content: Buffer.alloc(5000) }).subarray(0, 3000)),
      /it is cut short/,
    ],
    [
      'that is cut as a gzip file',
      () => tarball([{ name: 'a', content: Buffer.from(long) }]).subarray(0, -20),
      /unexpected end of file/,
    ],
    ['that leads out of itself', () => tarball([{ name: '../../etc/passwd' }]), /leads out of it/],
    [
      'that leads out of itself by a pax header',
      () => tarball([paxEntry('path', '/etc/passwd'), file]),
      /leads out of it/,
    ],
    ['with a size that is none', () => tarball([{ name: 'a', bytes: '99999999999' }]), /a size in it is no number/],
    ['with a size beyond all', () => tarball([{ name: 'a', bytes: 2 ** 33 - 1 }]), /a size in it is absurd/],
    [
      'with a size beyond all in a pax header',
      () => tarball([paxEntry('size', '1e99'), file]),
      /a size in it is absurd/,
    ],
    [
      'with a header beyond all',
      () => tarball([{ name: 'a', kind: 'x', bytes: 2 ** 30 }]),
      /a header in it is too long/,
    ],
    [
      'with a broken pax header',
      () => tarball([{ name: 'a', kind: 'x', content: Buffer.from('99 path=b\n') }, file]),
      /a header in it is damaged/,
    ],
  ];
  for (const [name, bytes, expected] of refused) {
    it(`${name} is refused`, async () => {
      await assert.rejects(read(bytes()), expected);
    });
  }

  it('may be left in the middle', async () => {
    const path = join(folder, 'it.tgz');
    writeFileSync(path, tarball([file, { name: 'b', content: Buffer.alloc(8e6, 1) }, file]));
    for await (const { name } of tarEntries(path)) {
      assert.equal(name, 'package/a');
      break;
    }
  });
});
