import assert from 'node:assert/strict';
import fs, { mkdtempSync, readFileSync, realpathSync, rmSync, truncateSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { CheckpointPair } from '../../../src/checkpoint/pair.ts';
import { commitCheckpoint } from '../../../src/commit/commit.ts';
import type { CommitOptions } from '../../../src/commit/commitOptions.ts';
import { identityAtSync } from '../../../src/files/reading/fileIdentity.ts';
import { handMadePair } from './handMadePair.ts';
import { plainCommit, refusedCommit } from './tinyPair.ts';

type Write = (
  file: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
  position: number,
  done: (error: Error | null, written: number) => void,
) => void;

/* Commits by threads in which something goes wrong: the same sentences as in one, and neither a file nor a thread is left. */
describe('commits by threads that fail', () => {
  let folder: string;
  let pair: CheckpointPair;
  let started: Set<Worker>;
  /** Nothing was sent to the threads. */
  let silent: boolean;
  const { write, read, fsync, openSync } = fs;
  const { postMessage } = Worker.prototype;
  const failure = (code: string) => Object.assign(new Error(code), { code });
  const weights = 'model-0.safetensors';

  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'failing-')));
    // 24 MB: six spans, written past the page cache where there is one.
    const wide = { name: 'model.layers.0.mlp.up_proj.weight', dtype: 'BF16', shape: [3000, 4000] } as const;
    pair = handMadePair(folder, [[wide]]);
  });
  after(() => rmSync(folder, { recursive: true }));
  beforeEach(() => {
    started = new Set();
    silent = false;
    onMessage(() => {});
  });
  afterEach(() => {
    Object.assign(fs, { write, read, fsync, openSync });
    syncBuiltinESMExports();
    Worker.prototype.postMessage = postMessage;
    // A thread that has ended has no number any more.
    assert.equal(started.size, silent ? 0 : 2);
    for (const worker of started) assert.equal(worker.threadId, -1);
  });

  /** Calls with every message to a thread, before it is sent, and how many of its type have been before. */
  function onMessage(hear: (worker: Worker, type: string, before: number) => void): void {
    const counts = new Map<string, number>();
    Worker.prototype.postMessage = function (this: Worker, message: { readonly type: string }, ...rest) {
      started.add(this);
      const before = counts.get(message.type) ?? 0;
      counts.set(message.type, before + 1);
      hear(this, message.type, before);
      return postMessage.call(this, message, ...rest);
    };
  }

  function replace(functions: Partial<Record<'write' | 'read' | 'fsync' | 'openSync', unknown>>): void {
    Object.assign(fs, functions);
    syncBuiltinESMExports();
  }

  const options = (): CommitOptions => ({ ...plainCommit(folder, pair), workers: 2 });
  const refused = (changed: Partial<CommitOptions> = {}) => refusedCommit(folder, { ...options(), ...changed });

  it('say that a thread ended', async () => {
    onMessage((worker, type, before) => {
      if (type === 'fuse' && before === 3) void worker.terminate();
    });
    assert.equal(await refused(), 'RunError: A thread that fuses weights ended.');
  });

  it('say which input is another by then', async () => {
    const path = pair.base.shards[0]!.path;
    const whole = readFileSync(path);
    onMessage((_, type, before) => {
      if (type === 'fuse' && before === 3) truncateSync(path, 100_000);
    });
    const said = await refused();
    fs.writeFileSync(path, whole);
    pair = { ...pair, base: { ...pair.base, shards: [{ ...pair.base.shards[0]!, identity: identityAtSync(path)! }] } };
    assert.match(
      said,
      /^RunError: "\$\/base\/model-0\.safetensors" changed (while it was read|after its header was read)/,
    );
  });

  it('say that the disk is full, by the name that the file would have had', async () => {
    let writes = 0;
    const failing: Write = (...args) => {
      if (++writes > 3) return setImmediate(() => args[5](failure('ENOSPC'), 0));
      write(...args);
    };
    replace({ write: failing });
    assert.equal(await refused(), `InputError: Cannot write "$/out/${weights}": the disk is full.`);
  });

  it('say so when the fault shows only on fsync', async () => {
    replace({ fsync: (_: number, done: (error: Error) => void) => setImmediate(() => done(failure('EIO'))) });
    assert.equal(await refused(), `InputError: Cannot write "$/out/${weights}": the disk reports an error.`);
  });

  it('find one bit that reads back otherwise', async () => {
    const flipping: Write = (file, bytes, offset, length, position, done) => {
      const changed = new Uint8Array(new SharedArrayBuffer(length)).fill(0);
      changed.set(bytes.subarray(offset, offset + length));
      if (position > 8e6) changed[length >> 1]! ^= 4;
      // Memory of its own begins anywhere; the file system may then refuse to go past the page cache.
      write(file, changed, 0, length, position, done);
    };
    replace({ write: flipping });
    const said = `RunError: "${weights}" read back from the disk is not what was written: check the disk and try again.`;
    assert.equal(await refused(), said);
  });

  it('say that what was written cannot be read', async () => {
    replace({
      read: (...args: unknown[]) => setImmediate(() => (args.at(-1) as (error: Error) => void)(failure('EIO'))),
    });
    assert.match(await refused(), /^InputError: Cannot read "\$\/out\/model-0\.safetensors": /);
  });

  it('stop in the middle', async () => {
    const abort = new AbortController();
    onMessage((_, type, before) => {
      if (type === 'fuse' && before === 3) abort.abort();
    });
    assert.equal(await refused({ signal: abort.signal }), 'Interrupted: Stopped; nothing was written.');
  });

  it('stop before they begin', async () => {
    const said = await refused({ signal: AbortSignal.abort() });
    assert.equal(said, 'Interrupted: Stopped; nothing was written.');
    silent = true;
  });

  const ways: Readonly<Record<string, () => void>> = {
    'opens no file past the page cache': () => {
      const direct = fs.constants.O_DIRECT ?? 0;
      replace({
        openSync: (path: string, flags: number, mode: number) => {
          if (direct !== 0 && (flags & direct) !== 0) throw failure('EINVAL');
          return openSync(path, flags, mode);
        },
      });
    },
    'takes no whole blocks': () => {
      let writes = 0;
      const refusing: Write = (...args) => {
        if (++writes === 2) return setImmediate(() => args[5](failure('EINVAL'), 0));
        write(...args);
      };
      replace({ write: refusing });
    },
    'writes only in part': () => {
      const halving: Write = (file, bytes, offset, length, position, done) =>
        write(file, bytes, offset, Math.ceil(length / 3), position, done);
      replace({ write: halving });
    },
  };
  for (const [what, arrange] of Object.entries(ways)) {
    it(`write the same on a file system that ${what}`, async () => {
      await commitCheckpoint({ ...options(), workers: undefined });
      const alone = readFileSync(join(folder, 'out', weights));
      arrange();
      await commitCheckpoint({ ...options(), out: join(folder, 'again') });
      assert.ok(readFileSync(join(folder, 'again', weights)).equals(alone));
      for (const out of ['out', 'again']) rmSync(join(folder, out), { recursive: true });
    });
  }
});
