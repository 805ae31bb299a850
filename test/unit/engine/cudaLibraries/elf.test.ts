import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readElf } from '../../../../src/engine/device/cudaLibraries/elf.ts';
import { nativeFolder } from '../../../../src/engine/device/cudaRuntime/runtimePlace.ts';
import { libraryFault } from '../../../../src/engine/device/preload.ts';
import { InputError, RunError } from '../../../../src/errors.ts';
import { madeElf, madeParts } from './madeElf.ts';

describe('a shared library’s needs', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'elf-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const written = (bytes: Uint8Array) => {
    const path = join(folder, 'library.so');
    writeFileSync(path, bytes);
    return path;
  };
  const refused = (bytes: Uint8Array, expected: RegExp) =>
    assert.rejects(readElf(written(bytes)), (error) => {
      assert.ok(error instanceof InputError, String(error));
      assert.match(error.message, /library\.so" is no shared library for Linux on x64: /);
      assert.match(error.message, expected);
      return true;
    });

  it('are read in the loader’s order, with its own name', async () => {
    const needed = ['libcublasLt.so.13', 'libcublas.so.13', 'libstdc++.so.6', 'ld-linux-x86-64.so.2'];
    assert.deepEqual(await readElf(written(madeElf({ needed, soname: 'libmine.so.1' }))), {
      needed,
      soname: 'libmine.so.1',
    });
    assert.deepEqual(await readElf(written(madeElf())), { needed: [], soname: undefined });
  });

  it('of ONNX Runtime are those that its package has it built with', async function () {
    if (process.platform !== 'linux' || process.arch !== 'x64') this.skip();
    const { needed, soname } = await readElf(join(nativeFolder(), 'libonnxruntime.so.1'));
    assert.equal(soname, 'libonnxruntime.so.1');
    for (const name of ['libc.so.6', 'libm.so.6', 'libstdc++.so.6', 'ld-linux-x86-64.so.2'])
      assert.ok(needed.includes(name), name);
  });

  it('as made here open in the system’s loader, which misses what is not there', function () {
    if (process.platform !== 'linux' || process.arch !== 'x64') this.skip();
    assert.equal(libraryFault(written(madeElf({ soname: 'libmine.so.1' }))), undefined);
    assert.match(libraryFault(written(madeElf({ needed: ['libnowhere.so.7'] })))!, /^libnowhere\.so\.7: cannot open/);
  });

  it('of something else are refused in a sentence', async () => {
    await refused(
      Buffer.from('MZ and so on, for long enough to hold the header of a real library'),
      /does not begin as one/,
    );
    await refused(Buffer.alloc(0), /it is cut short/);
    await refused(madeElf({ machine: 183 }), /for another machine \(arm64\)/);
    await refused(madeElf({ kind: 2 }), /it is no shared library/);
    const folderPath = join(folder, 'folder.so');
    mkdirSync(folderPath);
    await assert.rejects(readElf(folderPath), /a folder, not a file/);
    await assert.rejects(readElf(join(folder, 'absent.so')), /there is no such file/);
  });

  it('of a pipe are not waited for', async function () {
    if (process.platform === 'win32') this.skip();
    execFileSync('mkfifo', [join(folder, 'pipe.so')]);
    await assert.rejects(readElf(join(folder, 'pipe.so')), /a named pipe/);
  });

  it('are refused where offsets, counts and names are absurd', async () => {
    const whole = madeElf({ needed: ['libcublas.so.13'], soname: 'libmine.so.1' });
    const changed = (change: (bytes: Buffer) => void) => {
      const bytes = Buffer.from(whole);
      change(bytes);
      return bytes;
    };
    const dynamic = madeParts.segments + 56;
    await refused(
      changed((bytes) => bytes.writeUInt16LE(65_535, 56)),
      /header is damaged/,
    );
    await refused(
      changed((bytes) => bytes.writeUInt16LE(0, 56)),
      /header is damaged/,
    );
    await refused(
      changed((bytes) => bytes.writeUInt16LE(32, 54)),
      /header is damaged/,
    );
    await refused(
      changed((bytes) => bytes.writeBigUInt64LE(2n ** 64n - 1n, 32)),
      /lead out of the file/,
    );
    await refused(
      changed((bytes) => bytes.writeBigUInt64LE(2n ** 40n, 32)),
      /cut short/,
    );
    await refused(
      changed((bytes) => bytes.writeUInt32LE(1, dynamic)),
      /no dynamic section/,
    );
    await refused(
      changed((bytes) => bytes.writeBigUInt64LE(2n ** 50n, dynamic + 32)),
      /dynamic section is too long/,
    );
    await refused(
      changed((bytes) => bytes.writeBigUInt64LE(2n ** 40n, dynamic + 8)),
      /cut short/,
    );
    const at = Number(whole.readBigUInt64LE(dynamic + 8));
    await refused(
      changed((bytes) => bytes.writeBigUInt64LE(2n ** 30n, at + 8)),
      /outside of their table/,
    );
    await refused(
      changed((bytes) => bytes.write('/', madeParts.names + 1)),
      /no name of a library/,
    );
    await refused(
      changed((bytes) => bytes.fill(0x61, madeParts.names)),
      /it has no names\.$/,
    );
    await refused(madeElf({ needed: ['a'.repeat(5000)] }), /no name of a library/);
    await refused(madeElf({ needed: Array.from({ length: 300 }, (_, i) => `lib${i}.so`) }), /needs too many libraries/);
  });

  it('cut anywhere, or with any byte changed, are read or refused and nothing else', async () => {
    const whole = madeElf({ needed: ['libcublas.so.13', 'libcudart.so.13'], soname: 'libmine.so.1', text: '1.30.0' });
    for (let at = 0; at < whole.length; at++) {
      const cut = whole.subarray(0, at);
      const changed = Buffer.from(whole);
      changed[at]! ^= 0xff;
      for (const bytes of [cut, changed]) {
        await readElf(written(bytes)).catch((error) =>
          assert.ok(error instanceof InputError || error instanceof RunError, String(error)),
        );
      }
    }
  });
});
