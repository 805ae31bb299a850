import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, RunError } from '../../../src/errors.ts';
import { readRecord } from '../../../src/record/run/recordFile.ts';
import { callsWorthTrying } from '../../storm/callsWorthTrying.ts';
import { fastFolder } from '../../storm/fastFolder.ts';
import { arm, disarm, needsRoom } from '../../storm/faults.cjs';
import { type Allowed, halfDone, wholeCheckpoint } from '../../storm/kills/wholeCheckpoint.ts';
import { manyFiles, stormedCommit, stormedFiles, stormedParts, stormedRun } from '../../storm/stormed.ts';

/* Every call by which a commit in parts changes the disk fails; `npm run storm -- --only parts` kills processes. */

const recordNames = ['a.rejuvenation.json', 'a.rejuvenation.safetensors', 'scores.safetensors'];
/** Each fault takes another of so many calls, `npm run storm` any. */
const stride = 16;

describe('every call of a commit in parts that changes the disk', () => {
  /** Holds a finished run, and beside it one with a checkpoint of another alpha. */
  let finished: string;
  let committed: string;
  let folder: string;
  let allowed: Allowed;
  const names = () => readdirSync(folder).sort();
  const clear = () => {
    for (const name of names()) rmSync(join(folder, name), { recursive: true });
  };
  before(async () => {
    finished = mkdtempSync(join(fastFolder, 'finished-'));
    committed = mkdtempSync(join(fastFolder, 'committed-'));
    await stormedRun(finished, false, manyFiles);
    cpSync(finished, committed, { recursive: true });
    const { record, out } = stormedFiles(committed);
    const { sha256 } = (await readRecord(record)).record.arrays;
    await stormedCommit(committed, false);
    const whole = await wholeCheckpoint(out);
    await stormedCommit(committed, true, { alpha: 0.25 });
    allowed = { arrays: sha256, whole, old: await wholeCheckpoint(out) };
  });
  after(() => {
    for (const each of [finished, committed]) rmSync(each, { recursive: true });
  });
  beforeEach(() => {
    folder = mkdtempSync(join(fastFolder, 'parts-'));
  });
  afterEach(() => {
    disarm();
    rmSync(folder, { recursive: true });
  });

  async function assertMended(where: string, overwrite: boolean): Promise<void> {
    const { record, out } = stormedFiles(folder);
    assert.deepEqual(await stormedParts(folder, overwrite || existsSync(out)), [], where);
    assert.equal(await wholeCheckpoint(out), allowed.whole, where);
    assert.equal((await readRecord(record)).record.checkpoints.filter((each) => each.folder === out).length, 1);
    assert.deepEqual(names(), [...recordNames, 'out'].sort(), where);
  }

  const faults = [
    { what: 'on a full disk', code: 'ENOSPC', from: true, overwrite: true },
    { what: 'alone', code: 'EIO', from: false, overwrite: false },
    // On the disk as a kill: nothing changes any more.
    { what: 'with all later ones', code: 'EIO', from: true, overwrite: false },
    { what: 'with all later ones, over an old checkpoint', code: 'EIO', from: true, overwrite: true },
  ] as const;
  for (const [i, { what, code, from, overwrite }] of faults.entries()) {
    it(`may fail ${what}: no half checkpoint, no other record, and the next commit mends all`, async () => {
      const prepare = () => {
        clear();
        cpSync(overwrite ? committed : finished, folder, { recursive: true });
      };
      prepare();
      arm({ at: 0, fault: 'none', below: folder });
      await stormedParts(folder, overwrite);
      const calls = disarm();
      assert.ok(calls.length >= 80, String(calls.length));
      for (const at of callsWorthTrying(calls).filter((_, position) => position % stride === i)) {
        const { operation, path } = calls[at - 1]!;
        if (code === 'ENOSPC' && !needsRoom.has(operation)) continue;
        prepare();
        arm({ at, fault: code, from, below: folder });
        const error = await stormedParts(folder, overwrite).then(
          () => undefined,
          (reason: unknown) => reason as Error,
        );
        disarm();
        const where = `call ${at}, ${operation} ${path}: ${names().join()}`;
        if (error !== undefined) {
          assert.ok(error instanceof InputError || error instanceof RunError, `${where}: ${error.stack}`);
          assert.match(error.message, /the disk is full|the disk reports an error/, where);
        }
        const old = overwrite ? allowed.old : undefined;
        assert.equal(await halfDone(folder, { ...allowed, old }), undefined, where);
        await assertMended(where, overwrite);
      }
    });
  }

  it('leaves nothing of parts that were killed on another machine', async () => {
    cpSync(finished, folder, { recursive: true });
    const { parts } = stormedFiles(folder);
    mkdirSync(parts);
    const aside = 'rejuvenation-staging-00000000-00000000-1-0123456789abcdef';
    for (const name of ['model-00002-of-00004.safetensors.receipt.json', 'commit-0001-of-0002.partial']) {
      writeFileSync(join(parts, `.${name}.${aside}`), '{');
    }
    // Another's: no part writes such a file.
    writeFileSync(join(parts, `.notes.txt.${aside}`), 'mine');
    assert.deepEqual(await stormedParts(folder, false), []);
    assert.deepEqual(readdirSync(parts), [`.notes.txt.${aside}`]);
  });
});
