import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalFeed, makePackage, sha512 } from '../unit/engine/cudaRuntime/localFeed.ts';
import { rejuvenate } from './rejuvenate.ts';

// The libraries are published for this platform alone; test/unit/engine/cudaRuntime says what others are told.
const onLinuxX64 = process.platform === 'linux' && process.arch === 'x64' ? describe : describe.skip;
onLinuxX64('doctor --install-cuda', () => {
  const names = ['XDG_DATA_HOME', 'REJUVENATE_NUGET_INDEX'] as const;
  const saved = names.map((name) => [name, process.env[name]] as const);
  let data: string;
  let content: Buffer;
  let feed: LocalFeed;
  before(async () => {
    data = mkdtempSync(join(tmpdir(), 'data-'));
    content = await makePackage();
    feed = await LocalFeed.start(content);
    process.env['XDG_DATA_HOME'] = data;
    process.env['REJUVENATE_NUGET_INDEX'] = feed.index;
  });
  after(async () => {
    for (const [name, value] of saved) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await feed.stop();
    rmSync(data, { recursive: true });
  });

  it('says what it would fetch, and fetches nothing without consent', async () => {
    const { exitCode, stderr } = await rejuvenate(['doctor', '--install-cuda']);
    assert.equal(exitCode, 2);
    assert.match(stderr, /Download: .*B from http:\/\/127\.0\.0\.1:\d+\/packages\//);
    assert.ok(stderr.includes(`Kept in: ${join(data, 'rejuvenation-inspector', 'cuda-runtime')}`), stderr);
    assert.match(stderr, /Licence: not stated by the feed/);
    assert.match(stderr, /Nothing is installed without consent: add --yes\./);
    assert.ok(!feed.requests.some((url) => url.endsWith('.nupkg')), feed.requests.join());
    assert.deepEqual(readdirSync(data), []);
  });

  it('installs with --yes; doctor then names the folder and what the machine lacks', async () => {
    const installed = await rejuvenate(['doctor', '--install-cuda', '--yes']);
    assert.equal(installed.exitCode, 0, installed.stderr);
    assert.match(installed.stdout, /^Installed in /);
    const { stdout } = await rejuvenate(['doctor']);
    assert.match(stdout, /^CUDA runtime +\/.*cuda-runtime\/\d/m);
    assert.match(stdout, /cpu +│ available/);
    // The stand-in is no library, so that CUDA cannot be available anywhere.
    assert.match(stdout, /cuda +│ not found on this machine: .*libonnxruntime_providers_cuda\.so/);
  });

  it('removes it', async () => {
    const removed = await rejuvenate(['doctor', '--remove-cuda']);
    assert.match(removed.stdout, /^Removed .*cuda-runtime\.$/m);
    assert.equal(existsSync(join(data, 'rejuvenation-inspector', 'cuda-runtime')), false);
    assert.match((await rejuvenate(['doctor', '--remove-cuda'])).stdout, /No CUDA runtime was installed/);
  });

  it('installs a copy, by the feed’s hash or one given where the feed is out of reach', async () => {
    const copy = join(data, 'copy.nupkg');
    writeFileSync(copy, content);
    const from = ['doctor', '--install-cuda', '--yes', '--from', copy];
    assert.equal((await rejuvenate(from)).exitCode, 0);
    await rejuvenate(['doctor', '--remove-cuda']);

    process.env['REJUVENATE_NUGET_INDEX'] = 'http://127.0.0.1:1/index.json';
    const unknown = await rejuvenate(from);
    assert.equal(unknown.exitCode, 2);
    assert.match(unknown.stderr, /cannot be asked for: .*Give it with --sha512/);
    const wrong = await rejuvenate([...from, '--sha512', sha512(Buffer.from('else'))]);
    assert.equal(wrong.exitCode, 2);
    assert.match(wrong.stderr, /it is another file, or was changed/);
    assert.equal((await rejuvenate([...from, '--sha512', sha512(content)])).exitCode, 0);
  });

  const misused: readonly (readonly [args: readonly string[], expected: RegExp])[] = [
    [['--yes'], /belong to --install-cuda/],
    [['--install-cuda', '--remove-cuda'], /either --install-cuda or --remove-cuda/],
    [['--install-cuda', '--sha512', 'abc'], /--sha512 belongs to --from/],
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
