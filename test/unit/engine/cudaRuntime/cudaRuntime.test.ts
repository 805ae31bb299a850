import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  type InstallOptions,
  installCudaRuntime,
  removeCudaRuntime,
  requireCudaPlatform,
} from '../../../../src/engine/device/cudaRuntime/cudaRuntime.ts';
import { environmentFetch, type FeedFetch } from '../../../../src/engine/device/cudaRuntime/feedFetch.ts';
import { findPackage } from '../../../../src/engine/device/cudaRuntime/packageFeed.ts';
import {
  cudaRuntimeFolder,
  installedCudaRuntime,
  nativeFolder,
  providerFiles,
  runtimeFiles,
  runtimePackageVersion,
} from '../../../../src/engine/device/cudaRuntime/runtimePlace.ts';
import { InputError, Interrupted, RunError } from '../../../../src/errors.ts';
import { release, reserveAside } from '../../../../src/files/writing/aside.ts';
import { type FeedFaults, LocalFeed, madeProvider, makePackage, sha512, standIn } from './localFeed.ts';

const native = 'runtimes/linux-x64/native/';
const never = new AbortController().signal;

describe('the CUDA runtime’s platform', () => {
  it('is linux-x64', () => {
    requireCudaPlatform('linux', 'x64');
    assert.throws(() => requireCudaPlatform('win32', 'x64'), /linux-x64 only, and this is win32-x64: .* or run in WSL/);
    assert.throws(() => requireCudaPlatform('linux', 'arm64'), InputError);
  });
});

// Elsewhere nothing can be installed, as the test above says.
const onLinuxX64 = process.platform === 'linux' && process.arch === 'x64' ? describe : describe.skip;
onLinuxX64('installing the CUDA runtime', () => {
  let home: string;
  let fetch: FeedFetch;
  let feed: LocalFeed | undefined;
  let content: Buffer;

  before(async () => {
    fetch = await environmentFetch();
    content = await makePackage();
  });
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'cuda-runtime-'));
  });
  afterEach(async () => {
    await feed?.stop();
    feed = undefined;
    rmSync(home, { recursive: true, force: true });
  });

  async function install(
    { faults, package: sent = content }: { readonly faults?: FeedFaults; readonly package?: Buffer } = {},
    options: Partial<InstallOptions> = {},
  ): Promise<string> {
    feed = await LocalFeed.start(sent, faults);
    const found = await findPackage(fetch, runtimePackageVersion(), never, feed.index);
    const { folder } = await installCudaRuntime({ fetch, found }, { signal: never, home, ...options });
    return folder;
  }

  /** Folder in which a process makes a version. */
  function unfinished(version: string, pid: number): string {
    const path = reserveAside(join(home, version), 'staging');
    release(path);
    return path.replace(`-${process.pid}-`, `-${pid}-`);
  }
  const nothingRemains = () => assert.deepEqual(readdirSync(home), []);

  it('puts both providers beside a copy of the runtime, nothing else, and leaves the package as it was', async () => {
    const before = readdirSync(nativeFolder());
    const bytes: number[] = [];
    const folder = await install({}, { onBytes: (each) => bytes.push(each) });
    assert.equal(folder, cudaRuntimeFolder(home));
    assert.equal(installedCudaRuntime(home), folder);
    assert.deepEqual(readdirSync(folder).sort(), [...providerFiles, ...runtimeFiles].sort());
    assert.deepEqual(readdirSync(home), [runtimePackageVersion()]);
    assert.deepEqual(readFileSync(join(folder, providerFiles[0])), standIn);
    assert.deepEqual(readFileSync(join(folder, providerFiles[1])), madeProvider());
    for (const file of runtimeFiles) {
      assert.ok(readFileSync(join(folder, file)).equals(readFileSync(join(nativeFolder(), file))), file);
    }
    assert.deepEqual(readdirSync(nativeFolder()), before);
    assert.equal(bytes.at(-1), content.length);
  });

  it('replaces other versions and what a killed installation left', async () => {
    mkdirSync(join(home, '1.2.3'));
    // Above every number that a system gives.
    const killed = 2 ** 31 - 1;
    for (const version of ['1.2.3', runtimePackageVersion()]) mkdirSync(unfinished(version, killed));
    await install();
    assert.deepEqual(readdirSync(home), [runtimePackageVersion()]);
  });

  it('leaves alone what another process is installing, as removing does', async () => {
    const other = unfinished(runtimePackageVersion(), process.ppid);
    mkdirSync(other);
    await install();
    assert.deepEqual(readdirSync(home), [basename(other), runtimePackageVersion()]);
    assert.equal(await removeCudaRuntime(home), true);
    assert.deepEqual(readdirSync(home), [basename(other)]);
  });

  it('is one at a time: a second one, or a removal, hears of it at once and leaves the first alone', async () => {
    const refused: unknown[] = [];
    const found = async () => findPackage(fetch, runtimePackageVersion(), never, feed!.index);
    // The first is at work, and goes on when both others have ended.
    const freeBytes = async () => {
      const second = installCudaRuntime({ fetch, found: await found() }, { signal: never, home });
      const ends = await Promise.allSettled([second, removeCudaRuntime(home)]);
      refused.push(...ends.map((end) => (end.status === 'rejected' ? end.reason : 'done')));
      return Infinity;
    };
    await install({}, { freeBytes });
    assert.equal(refused.length, 2);
    for (const error of refused)
      assert.match(String(error), /^InputError: The CUDA runtime in ".+" is being written by/);
    assert.equal(installedCudaRuntime(home), cudaRuntimeFolder(home));
    assert.deepEqual(readdirSync(home), [runtimePackageVersion()]);
  });

  it('keeps another version until the new one is in place', async () => {
    mkdirSync(join(home, '1.2.3'));
    await assert.rejects(install({ faults: { cutAt: 1000 } }), RunError);
    assert.deepEqual(readdirSync(home), ['1.2.3']);
  });

  it('is removed without a trace', async () => {
    await install();
    assert.equal(await removeCudaRuntime(home), true);
    assert.equal(existsSync(home), false);
    assert.equal(installedCudaRuntime(home), undefined);
    assert.equal(await removeCudaRuntime(home), false);
  });

  const changed = (at: number) => {
    const copy = Buffer.from(content);
    copy[at]! ^= 1;
    return copy;
  };
  const faults: readonly (readonly [name: string, faults: () => FeedFaults, expected: RegExp])[] = [
    ['one changed bit', () => ({ sent: changed(content.length >> 1) }), /SHA-512 that its feed announces/],
    ['a short file', () => ({ sent: content.subarray(0, -100) }), /ended after \d+ of \d+ bytes/],
    ['a long file', () => ({ sent: Buffer.concat([content, standIn]) }), /is larger than the \d+ bytes/],
    ['a smaller size than announced', () => ({ bytes: content.length + 1 }), /ended after/],
    ['a cut connection', () => ({ cutAt: 100_000 }), /Cannot reach 127\.0\.0\.1:\d+: .*--from FILE/],
  ];
  for (const [name, make, expected] of faults) {
    it(`refuses ${name}, and leaves nothing`, async () => {
      await assert.rejects(install({ faults: make() }), (error) => {
        assert.ok(error instanceof RunError, String(error));
        assert.match(error.message, expected);
        return true;
      });
      nothingRemains();
    });
  }

  const hostile: readonly (readonly [
    name: string,
    more: () => Record<string, Buffer | undefined>,
    expected: RegExp,
  ])[] = [
    [
      'a library that is none',
      () => ({ [native + providerFiles[1]]: Buffer.from('MZ, no ELF') }),
      /libonnxruntime_providers_cuda\.so is no shared library/,
    ],
    ['an empty library', () => ({ [native + providerFiles[0]]: Buffer.alloc(0) }), /providers_shared\.so is empty/],
    [
      'a package without the provider',
      () => ({ [native + providerFiles[1]]: undefined }),
      /has no libonnxruntime_providers_cuda\.so beside a libonnxruntime_providers_shared\.so/,
    ],
  ];
  for (const [name, more, expected] of hostile) {
    it(`refuses ${name}, and leaves nothing`, async () => {
      await assert.rejects(install({ package: await makePackage(more()) }), expected);
      nothingRemains();
    });
  }

  it('refuses a package with a name that leads out of it, and writes nothing there', async () => {
    // The same length, so that only the names change.
    const innocent = await makePackage({ 'aa/bb/cc/escape.so': standIn });
    const text = innocent.toString('latin1').replaceAll('aa/bb/cc/escape.so', '../../../escape.so');
    await assert.rejects(
      install({ package: Buffer.from(text, 'latin1') }),
      /cannot be unpacked: invalid relative path/,
    );
    nothingRemains();
    assert.equal(existsSync(join(home, '..', 'escape.so')), false);
  });

  it('refuses what is no archive', async () => {
    await assert.rejects(install({ package: standIn }), /cannot be unpacked/);
    nothingRemains();
  });

  it('says how much room it needs before it fetches', async () => {
    await assert.rejects(
      install({}, { freeBytes: async () => 1000 }),
      /has 0\.000 GB free and installing needs about 0\.002 GB/,
    );
    assert.ok(!feed!.requests.some((url) => url.endsWith('.nupkg')));
    nothingRemains();
  });

  it('stops in the middle of the download', async () => {
    const stop = new AbortController();
    const work = install({ faults: { stalls: true } }, { signal: stop.signal, onBytes: () => stop.abort() });
    await assert.rejects(work, Interrupted);
    nothingRemains();
  });

  it('keeps what was installed when a later installation fails', async () => {
    const folder = await install();
    await feed!.stop();
    await assert.rejects(install({ faults: { cutAt: 1000 } }), RunError);
    assert.deepEqual(readdirSync(home), [runtimePackageVersion()]);
    assert.equal(installedCudaRuntime(home), folder);
  });

  it('installs from a copy with the right hash', async () => {
    const copy = join(home, '..', `${process.pid}-copy.nupkg`);
    writeFileSync(copy, content);
    try {
      await installCudaRuntime({ file: copy, sha512: sha512(content) }, { signal: never, home });
      assert.equal(installedCudaRuntime(home), cudaRuntimeFolder(home));
      const wrong = installCudaRuntime({ file: copy, sha512: sha512(standIn) }, { signal: never, home });
      await assert.rejects(wrong, /another file, or was changed/);
    } finally {
      rmSync(copy);
    }
    const absent = installCudaRuntime({ file: copy, sha512: sha512(content) }, { signal: never, home });
    await assert.rejects(absent, /Cannot read ".*-copy\.nupkg": there is no such file/);
  });
});
