import assert from 'node:assert/strict';
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commitCheckpoint } from '../../../src/commit/commit.ts';
import type { CommitOptions } from '../../../src/commit/commitOptions.ts';
import { listing, openPair, plainCommit, writeTinyPair } from './tinyPair.ts';

const weights = 'model.safetensors';

/** Another file of the same size and times. */
function twin(path: string): string {
  const { atimeMs, mtimeMs } = statSync(path);
  const other = `${path}.other`;
  const bytes = readFileSync(path);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(other, bytes);
  utimesSync(other, atimeMs / 1000, mtimeMs / 1000);
  return other;
}

function lastByte(path: string, byte: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, Uint8Array.of(byte), 0, 1, statSync(path).size - 1);
  closeSync(file);
}

/** Ways to change a file that leave its size as it was. */
const ways: Readonly<Record<string, (path: string) => void>> = {
  'replaced by another of the same size and time': (path) => renameSync(twin(path), path),
  'edited in place': (path) => lastByte(path, 7),
  'edited in place, its time set back': (path) => {
    // To the microsecond, as far as it goes.
    const { atimeMs, mtimeMs } = statSync(path);
    lastByte(path, 7);
    utimesSync(path, atimeMs / 1000, mtimeMs / 1000);
  },
  'replaced and put back': (path) => {
    const other = twin(path);
    renameSync(path, `${path}.kept`);
    renameSync(other, path);
    renameSync(path, other);
    renameSync(`${path}.kept`, path);
    unlinkSync(other);
  },
};

describe('commit of inputs that are swapped', () => {
  let folder: string;
  const at = (...path: string[]) => join(folder, ...path);
  beforeEach(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'swapped-')));
    await writeTinyPair(folder, { files: { 'tokenizer_config.json': '{"a": 1}', 'merges.txt': 'a b' } });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Commits, changing something once at a moment. @returns what is said; no target may be there, and nothing left */
  async function refused(options: CommitOptions, activity: string, change: () => void): Promise<string> {
    let before: string[] = [];
    let done = false;
    const onProgress: CommitOptions['onProgress'] = (progress) => {
      if (done || progress.activity !== activity) return;
      done = true;
      change();
      before = listing(folder).filter((name) => !name.includes('rejuvenation-staging'));
    };
    const error: unknown = await commitCheckpoint({ ...options, onProgress }).then(
      () => assert.fail('committed'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof Error && done);
    assert.deepEqual(listing(folder), before);
    return `${error.name}: ${error.message.replaceAll(folder, '$')}`;
  }

  for (const [how, change] of Object.entries(ways)) {
    for (const side of ['base', 'sft']) {
      it(`refuses a shard of the ${side} that is ${how} while it is read`, async function () {
        // There a set-back time and a file put back are not told.
        if (process.platform === 'win32') this.skip();
        const options = plainCommit(folder, await openPair(folder));
        // When the first file is made durable its bytes have all been read, but the pass is not over.
        assert.equal(
          await refused(options, 'write', () => change(at(side, weights))),
          `RunError: "$/${side}/${weights}" changed while it was read: leave it alone and try again.`,
        );
      });

      it(`refuses a shard of the ${side} that was ${how} since its header was read`, async function () {
        if (process.platform === 'win32') this.skip();
        const options = plainCommit(folder, await openPair(folder));
        change(at(side, weights));
        const before = listing(folder);
        await assert.rejects(commitCheckpoint(options), {
          name: 'RunError',
          message: `"${at(side, weights)}" changed after its header was read: leave it alone and try again.`,
        });
        assert.deepEqual(listing(folder), before);
      });
    }

    for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json']) {
      it(`refuses a ${name} that is ${how} while weights are read`, async function () {
        if (process.platform === 'win32') this.skip();
        const options = plainCommit(folder, await openPair(folder));
        const said = await refused(options, 'write', () => change(at('sft', name)));
        assert.match(said, new RegExp(`^RunError: "\\$/sft/${name}" changed after it was read first: leave it alone`));
      });
    }
  }

  it('refuses a link that leads to another file by the end, though the one opened is untouched', async () => {
    mkdirSync(at('blobs'));
    for (const blob of ['one', 'two']) copyFileSync(at('sft', weights), at('blobs', blob));
    unlinkSync(at('sft', weights));
    symlinkSync(at('blobs', 'one'), at('sft', weights));
    const options = plainCommit(folder, await openPair(folder));
    const said = await refused(options, 'write', () => {
      unlinkSync(at('sft', weights));
      symlinkSync(at('blobs', 'two'), at('sft', weights));
    });
    assert.equal(said, `RunError: "$/sft/${weights}" changed while it was read: leave it alone and try again.`);
  });

  it('leaves the old target in place', async () => {
    mkdirSync(at('out'));
    // What may be replaced: a checkpoint.
    for (const name of ['config.json', 'model.safetensors']) writeFileSync(at('out', name), 'old');
    const options = { ...plainCommit(folder, await openPair(folder)), overwrite: true };
    await refused(options, 'write', () => lastByte(at('base', weights), 7));
    assert.equal(readFileSync(at('out', 'model.safetensors'), 'utf8'), 'old');
  });
});
