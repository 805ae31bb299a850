import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packProvider } from '../../../bench/gpu/archive/packProvider.ts';
import { cutIntoPieces } from '../../../bench/gpu/archive/pieces.ts';
import { slimProvider } from '../../../bench/gpu/archive/slimProvider.ts';
import { providerFiles, runtimePackageVersion } from '../../../src/engine/device/cudaRuntime/runtimePlace.ts';
import { madeProvider, standIn } from '../engine/cudaRuntime/localFeed.ts';

/** A container of GPU code: entries of kind, architecture and content. */
function container(entries: readonly (readonly [kind: number, architecture: number, content: string])[]): Buffer {
  const parts = entries.map(([kind, architecture, content]) => {
    const header = Buffer.alloc(64);
    header.writeUInt16LE(kind, 0);
    header.writeUInt32LE(64, 4);
    header.writeBigUInt64LE(BigInt(content.length), 8);
    header.writeUInt32LE(architecture, 28);
    return Buffer.concat([header, Buffer.from(content)]);
  });
  const body = Buffer.concat(parts);
  const header = Buffer.alloc(16);
  header.writeUInt32LE(0xba55ed50, 0);
  header.writeUInt16LE(1, 4);
  header.writeUInt16LE(16, 6);
  header.writeBigUInt64LE(BigInt(body.length), 8);
  return Buffer.concat([header, body]);
}

describe('the GPU bench’s archive', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'archive-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('slims a provider to some GPUs’ code, and moves nothing', () => {
    const many = container([
      [1, 90, 'PTX for 90'],
      [2, 80, 'code for 80'],
      [2, 90, 'code for 90'],
    ]);
    const other = container([[2, 75, 'only for 75']]);
    const bytes = Buffer.concat([Buffer.from('before'), many, Buffer.from('between'), other, Buffer.from('after')]);
    const whole = Buffer.from(bytes);
    assert.equal(slimProvider(bytes, new Set([90])), 'code for 90'.length);
    assert.equal(bytes.length, whole.length);
    const text = bytes.toString('latin1');
    for (const kept of ['before', 'between', 'after', 'code for 90', 'only for 75']) {
      assert.equal(text.indexOf(kept), whole.toString('latin1').indexOf(kept), kept);
    }
    for (const gone of ['PTX for 90', 'code for 80']) assert.equal(text.includes(gone), false, gone);
  });

  it('slims nothing that it does not know', () => {
    assert.throws(
      () => slimProvider(container([[2, 80, 'code']]), new Set([90])),
      /no code for GPUs of architecture 90/,
    );
    assert.throws(() => slimProvider(Buffer.from('text'), new Set([90])), /no code for GPUs/);
    const odd = container([[2, 90, 'code']]);
    odd.writeUInt32LE(4000, 16 + 4);
    assert.throws(() => slimProvider(odd, new Set([90])), /of an unknown form/);
    const long = container([[2, 90, 'code']]);
    long.writeBigUInt64LE(2n ** 60n, 16 + 8);
    assert.throws(() => slimProvider(long, new Set([90])), /of an unknown form/);
    // The magic number in other data, and a container that claims more than there is.
    const cut = container([[2, 90, 'code']]).subarray(0, 40);
    assert.throws(
      () => slimProvider(Buffer.concat([cut, Buffer.from([0x50, 0xed, 0x55, 0xba])]), new Set([90])),
      /no code/,
    );
  });

  it('takes a provider of this runtime’s version along, and leaves the runtime', async () => {
    const native = join(folder, 'top', 'node_modules', 'onnxruntime-node', 'bin', 'napi-v6', 'linux', 'x64');
    mkdirSync(native, { recursive: true });
    const given = join(folder, 'given');
    mkdirSync(given);
    writeFileSync(join(given, providerFiles[0]), standIn);
    writeFileSync(join(given, providerFiles[1]), madeProvider());
    assert.equal(await packProvider(join(folder, 'top'), given, []), runtimePackageVersion());
    assert.deepEqual(readdirSync(native).sort(), [...providerFiles].sort());
    await assert.rejects(packProvider(join(folder, 'top'), given, [90]), /no code for GPUs of architecture 90/);
  });

  it('goes in pieces, which a script joins, checks and unpacks', function () {
    if (spawnSync('xz', ['--version']).status !== 0) this.skip();
    mkdirSync(join(folder, 'rejuvenation-gpu-bench'));
    // What does not compress, so that there are pieces.
    const content = Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * i * 7919) >> (i % 13)));
    writeFileSync(join(folder, 'rejuvenation-gpu-bench', 'file'), content);
    const archive = join(folder, 'it.tar.xz');
    execFileSync('tar', ['-cJf', archive, '-C', folder, 'rejuvenation-gpu-bench']);
    rmSync(join(folder, 'rejuvenation-gpu-bench'), { recursive: true });
    const { size } = statSync(archive);
    const pieces = cutIntoPieces(archive, 4000);
    assert.equal(pieces.length, Math.ceil(size / 4000));
    assert.ok(pieces.length > 2);
    assert.equal(existsSync(archive), false);
    for (const piece of pieces) assert.ok(statSync(piece).size <= 4000);
    const joined = spawnSync('sh', [join(folder, 'join.sh')], { encoding: 'utf8' });
    assert.equal(joined.status, 0, joined.stderr);
    assert.ok(readFileSync(join(folder, 'rejuvenation-gpu-bench', 'file')).equals(content));
    // One that was not carried whole.
    writeFileSync(pieces[1]!, readFileSync(pieces[1]!).subarray(1));
    assert.notEqual(spawnSync('sh', [join(folder, 'join.sh')]).status, 0);
  });

  it('is not cut into more pieces than the script can name', () => {
    writeFileSync(join(folder, 'it'), Buffer.alloc(1000));
    assert.throws(() => cutIntoPieces(join(folder, 'it'), 10), /100 pieces are too many/);
  });
});
