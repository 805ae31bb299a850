import assert from 'node:assert/strict';
import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { checkPair } from '../../../src/checkpoint/pair.ts';
import { commitCheckpoint } from '../../../src/commit/commit.ts';
import type { CommitProgress } from '../../../src/commit/commitOptions.ts';
import { writeTiny } from '../checkpoint/tinyCheckpoint.ts';
import { listing, openPair, plainCommit, writeTinyPair } from '../commit/tinyPair.ts';

const weights = 'model.safetensors';

describe('commit and the files around it', () => {
  let folder: string;
  const at = (...path: string[]) => join(folder, ...path);
  beforeEach(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'files-')));
    await writeTinyPair(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const prepared = async () => plainCommit(folder, await openPair(folder));

  it('makes writable files of read-only ones', async () => {
    for (const side of ['base', 'sft']) {
      for (const name of readdirSync(at(side))) chmodSync(at(side, name), 0o444);
    }
    await commitCheckpoint(await prepared());
    for (const name of readdirSync(at('out'))) {
      // The owner's permission; root may write anyway.
      assert.notEqual(statSync(at('out', name)).mode & 0o200, 0, name);
      accessSync(at('out', name), constants.W_OK);
    }
    for (const name of readdirSync(at('sft'))) assert.equal(statSync(at('sft', name)).mode & 0o777, 0o444, name);
  });

  it('refuses an SFT checkpoint cut short while it is read', async () => {
    const options = await prepared();
    const cut = at('sft', weights);
    const onProgress = () => truncateSync(cut, 1000);
    await assert.rejects(commitCheckpoint({ ...options, onProgress }), {
      name: 'RunError',
      message: `"${cut}" changed while it was read: leave it alone and try again.`,
    });
    assert.deepEqual(readdirSync(folder).sort(), ['base', 'sft']);
  });

  it('refuses a base cut short before it is read, or while', async () => {
    await writeTiny(at('shards'), { shards: 2 });
    const cut = at('base', weights);
    const whole = readFileSync(cut);
    for (const [when, said] of [
      ['before', 'after its header was read'],
      // It is kept open for the second shard.
      ['write', 'while it was read'],
    ]) {
      writeFileSync(cut, whole);
      const pair = await checkPair(await openCheckpoint(at('base')), await openCheckpoint(at('shards')));
      const options = plainCommit(folder, pair);
      if (when === 'before') truncateSync(cut, 1000);
      const onProgress = ({ activity }: CommitProgress) => {
        if (activity === when) truncateSync(cut, 1000);
      };
      await assert.rejects(commitCheckpoint({ ...options, onProgress }), {
        name: 'RunError',
        message: `"${cut}" changed ${said}: leave it alone and try again.`,
      });
      assert.deepEqual(readdirSync(folder).sort(), ['base', 'sft', 'shards']);
    }
  });

  for (const name of [weights, 'tokenizer.json']) {
    it(`finds one bit of ${name} that reads back otherwise`, async () => {
      const options = await prepared();
      const onProgress = ({ activity, doneBytes }: CommitProgress) => {
        if (activity !== 'check' || doneBytes !== 0) return;
        const staging = readdirSync(folder).find((each) => each.startsWith('.out'))!;
        const bytes = readFileSync(at(staging, name));
        bytes[bytes.length - 1]! ^= 1;
        writeFileSync(at(staging, name), bytes);
      };
      await assert.rejects(commitCheckpoint({ ...options, onProgress }), {
        name: 'RunError',
        message: `"${name}" read back from the disk is not what was written: check the disk and try again.`,
      });
      assert.deepEqual(readdirSync(folder).sort(), ['base', 'sft']);
    });
  }

  it('finds a file that is gone when it is read back', async () => {
    const options = await prepared();
    let staging = '';
    const onProgress = ({ activity, doneBytes }: CommitProgress) => {
      if (activity !== 'check' || doneBytes !== 0) return;
      staging = readdirSync(folder).find((each) => each.startsWith('.out'))!;
      rmSync(at(staging, weights));
    };
    await assert.rejects(commitCheckpoint({ ...options, onProgress }), { name: 'InputError', message: /Cannot read / });
    assert.deepEqual(readdirSync(folder).sort(), ['base', 'sft']);
  });

  it('refuses a side file that is a link to nowhere', async () => {
    symlinkSync(at('nowhere'), at('sft', 'generation_config.json'));
    const before = listing(folder);
    await assert.rejects(commitCheckpoint(await prepared()), {
      name: 'InputError',
      message: `Cannot read "${at('sft', 'generation_config.json')}": there is no such file.`,
    });
    assert.deepEqual(listing(folder), before);
  });

  it('copies side files behind links, and leaves folders of their names alone', async () => {
    mkdirSync(at('blobs'));
    writeFileSync(at('blobs', 'a'), '{"linked": true}');
    symlinkSync(join('..', 'blobs', 'a'), at('sft', 'generation_config.json'));
    mkdirSync(at('sft', 'merges.txt'));
    await commitCheckpoint(await prepared());
    assert.equal(readFileSync(at('out', 'generation_config.json'), 'utf8'), '{"linked": true}');
    assert.ok(!readdirSync(at('out')).includes('merges.txt'));
    await openCheckpoint(at('out'));
  });

  // Row in test/QUARANTINE.md.
  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux('refuses a place where no files can be made', async () => {
    const out = '/proc/rejuvenated';
    await assert.rejects(commitCheckpoint({ ...(await prepared()), out }), {
      name: 'InputError',
      message: `Cannot write "${out}": there is no such folder.`,
    });
  });
});
