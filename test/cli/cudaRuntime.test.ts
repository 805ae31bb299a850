import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { providerFiles, runtimePackageVersion } from '../../src/engine/device/cudaRuntime/runtimePlace.ts';
import { setEnvironment } from '../environment.ts';
import { LocalFeed, madeProvider, makePackage, sha512 } from '../unit/engine/cudaRuntime/localFeed.ts';
import { rejuvenate } from './rejuvenate.ts';

// The libraries are published for this platform alone; test/unit/engine/cudaRuntime says what others are told.
const onLinuxX64 = process.platform === 'linux' && process.arch === 'x64' ? describe : describe.skip;
onLinuxX64('doctor --install-cuda', () => {
  let restore: () => void;
  let data: string;
  let content: Buffer;
  let feed: LocalFeed;
  before(async () => {
    data = mkdtempSync(join(tmpdir(), 'data-'));
    content = await makePackage();
    feed = await LocalFeed.start(content);
    restore = setEnvironment({ XDG_DATA_HOME: data, REJUVENATE_NUGET_INDEX: feed.index });
  });
  after(async () => {
    restore();
    await feed.stop();
    rmSync(data, { recursive: true });
  });

  it('says what it would fetch, and fetches nothing without consent', async () => {
    const { exitCode, stderr } = await rejuvenate(['doctor', '--install-cuda', '--from', 'feed']);
    assert.equal(exitCode, 2);
    assert.match(stderr, /Download: .*B from http:\/\/127\.0\.0\.1:\d+\/packages\//);
    assert.ok(stderr.includes(`Kept in: ${join(data, 'rejuvenation-inspector', 'cuda-runtime')}`), stderr);
    assert.match(stderr, /Licence: not stated by the feed/);
    assert.match(stderr, /Nothing is installed without consent: add --yes\./);
    assert.ok(!feed.requests.some((url) => url.endsWith('.nupkg')), feed.requests.join());
    assert.deepEqual(readdirSync(data), []);
  });

  it('installs with --yes; doctor then names the folder and what the machine lacks', async () => {
    const installed = await rejuvenate(['doctor', '--install-cuda', '--yes', '--from', 'feed']);
    assert.equal(installed.exitCode, 0, installed.stderr);
    assert.match(installed.stdout, /^Installed in /);
    const { stdout } = await rejuvenate(['doctor']);
    assert.match(stdout, /^CUDA runtime +\/.*cuda-runtime\/\d/m);
    assert.match(stdout, /cpu +│ available/);
    // The stand-in needs libraries that no machine has.
    assert.match(stdout, /^CUDA runtime .*, CUDA 99$/m);
    assert.match(stdout, /cuda +│ not found on this machine: libcublasLt\.so\.99, /);
    assert.match(stdout, /libcublas\.so\.99 +│ to load +│ +│ MISSING/);
    assert.match(stdout, /^Looked in: the loader's folders, /m);
    assert.match(stdout, /^What is missing comes by: pip install 'nvidia-cublas==99\.\*' /m);
  });

  it('removes it', async () => {
    const removed = await rejuvenate(['doctor', '--remove-cuda']);
    assert.match(removed.stdout, /^Removed .*cuda-runtime\.$/m);
    assert.equal(existsSync(join(data, 'rejuvenation-inspector', 'cuda-runtime')), false);
    assert.match((await rejuvenate(['doctor', '--remove-cuda'])).stdout, /No CUDA runtime was installed/);
  });

  it('installs a copy without asking any feed, and holds it to a hash where one is given', async () => {
    const copy = join(data, 'copy.nupkg');
    writeFileSync(copy, content);
    process.env['REJUVENATE_NUGET_INDEX'] = 'http://127.0.0.1:1/index.json';
    const from = ['doctor', '--install-cuda', '--yes', '--from', copy];
    const installed = await rejuvenate(from);
    assert.equal(installed.exitCode, 0, installed.stderr);
    assert.match(installed.stderr, /^The provider is for CUDA 99; its SHA-256 is [0-9a-f]{64}\.$/m);
    const wrong = await rejuvenate([...from, '--sha512', sha512(Buffer.from('else'))]);
    assert.equal(wrong.exitCode, 2);
    assert.match(wrong.stderr, /it is another file, or was changed/);
    assert.equal((await rejuvenate([...from, '--sha512', sha512(content)])).exitCode, 0);
  });

  it('names the other sources where the feed is out of reach', async () => {
    process.env['REJUVENATE_NUGET_INDEX'] = 'http://127.0.0.1:1/index.json';
    const { exitCode, stderr } = await rejuvenate(['doctor', '--install-cuda', '--yes', '--from', 'feed']);
    assert.equal(exitCode, 1);
    assert.match(stderr, /Cannot reach 127\.0\.0\.1:1: .* --from pip has pip fetch onnxruntime-gpu \d/);
  });

  it('refuses the provider of another version, with both versions and what would fit', async () => {
    const other = join(data, 'other.nupkg');
    const provider = `runtimes/linux-x64/native/${providerFiles[1]}`;
    writeFileSync(other, await makePackage({ [provider]: madeProvider('1.29.0') }));
    const { exitCode, stderr } = await rejuvenate(['doctor', '--install-cuda', '--yes', '--from', other]);
    assert.equal(exitCode, 2);
    const version = runtimePackageVersion().replaceAll('.', '\\.');
    assert.match(
      stderr,
      new RegExp(`of ONNX Runtime 1\\.29\\.0 \\(CUDA 99\\), and this program has ONNX Runtime ${version}`),
    );
    assert.match(stderr, new RegExp(`onnxruntime-gpu==${version}`));
  });

  const misused: readonly (readonly [args: readonly string[], expected: RegExp])[] = [
    [['--yes'], /belong to --install-cuda/],
    [['--install-cuda', '--remove-cuda'], /either --install-cuda or --remove-cuda/],
    [['--install-cuda', '--sha512', 'abc'], /--sha512 belongs to --from/],
    [['--install-cuda', '--from', 'pip', '--sha512', 'abc'], /--sha512 belongs to --from with a file/],
    [['--install-cuda', '--from', 'x.nupkg', '--sha512', 'abc'], /"abc" is no SHA-512/],
  ];
  for (const [args, expected] of misused) {
    it(`refuses ${args.join(' ')}`, async () => {
      const { exitCode, stderr } = await rejuvenate(['doctor', ...args]);
      assert.equal(exitCode, 2);
      assert.match(stderr, expected);
    });
  }
});
