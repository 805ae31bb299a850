import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { InputError, RunError } from '../../../src/errors.ts';
import { readRecord } from '../../../src/record/run/recordFile.ts';
import { callsWorthTrying } from '../../storm/callsWorthTrying.ts';
import { fastFolder } from '../../storm/fastFolder.ts';
import { arm, disarm, needsRoom } from '../../storm/faults.cjs';
import { stormedCommit, stormedFiles, stormedRun } from '../../storm/stormed.ts';
import { oldNames, writeOldTarget } from '../commit/tinyPair.ts';

const recordNames = ['a.rejuvenation.json', 'a.rejuvenation.safetensors', 'scores.safetensors'];
/** What a run that failed keeps, to go on from there. */
const keptNames = ['a.rejuvenation.partial', 'scores.safetensors.partial'];

interface Fault {
  readonly what: string;
  readonly code: string;
  /** Every later call fails as well. */
  readonly from: boolean;
  /** What is cleaned up can be: a full disk does not keep from it. */
  readonly cleans: boolean;
}
const faults: readonly Fault[] = [
  {
    what: 'on a full disk there is a sentence, nothing half-written, and the next succeeds',
    code: 'ENOSPC',
    from: true,
    cleans: true,
  },
  { what: 'when it alone fails there is a sentence, and the next succeeds', code: 'EIO', from: false, cleans: false },
  // On the disk as a kill: nothing changes any more.
  { what: 'when it and all later ones fail, the next succeeds and cleans up', code: 'EIO', from: true, cleans: false },
];

describe('every call that changes the disk', () => {
  let folder: string;
  /** Holds a finished run. */
  let finished: string;
  before(async () => {
    finished = mkdtempSync(join(fastFolder, 'finished-'));
    await stormedRun(finished, false);
  });
  after(() => rmSync(finished, { recursive: true }));
  beforeEach(() => {
    folder = mkdtempSync(join(fastFolder, 'faults-'));
  });
  afterEach(() => {
    disarm();
    rmSync(folder, { recursive: true });
  });

  const names = () => readdirSync(folder).sort();
  const clear = () => {
    for (const name of names()) rmSync(join(folder, name), { recursive: true });
  };

  interface Outcome<Result> {
    readonly result?: Result;
    readonly error?: Error;
  }

  /** Does some work with a fault at one call after the other. */
  async function storm<Result>(
    fault: Fault,
    prepare: () => void,
    work: () => Promise<Result>,
    check: (outcome: Outcome<Result>, where: string) => Promise<void>,
  ): Promise<void> {
    clear();
    prepare();
    arm({ at: 0, fault: 'none', below: folder });
    await work();
    const calls = disarm();
    // A commit of the tiny pair makes 50.
    assert.ok(calls.length >= 40, String(calls.length));
    // A run makes hundreds: each fault takes another sixth of them, `npm run storm` any.
    const tried = callsWorthTrying(calls);
    const stride = tried.length > 100 ? 6 : 1;
    for (const at of tried.filter((_, i) => i % stride === faults.indexOf(fault) % stride)) {
      if (fault.code === 'ENOSPC' && !needsRoom.has(calls[at - 1]!.operation)) continue;
      clear();
      prepare();
      arm({ at, fault: fault.code, from: fault.from, below: folder });
      const outcome = await work().then(
        (result) => ({ result }),
        (error: unknown) => ({ error: error as Error }),
      );
      disarm();
      const { operation, path } = calls[at - 1]!;
      const where = `call ${at}, ${operation} ${path}: ${names().join()}`;
      if ('error' in outcome) {
        const { error } = outcome;
        assert.ok(error instanceof InputError || error instanceof RunError, `${where}: ${error.stack}`);
        assert.match(error.message, /the disk is full|the disk reports an error/, where);
      }
      await check(outcome, where);
    }
  }

  for (const fault of faults) {
    it(`of a run: ${fault.what}`, async () => {
      const { record } = stormedFiles(folder);
      const prepare = () => undefined;
      await storm(
        fault,
        prepare,
        () => stormedRun(folder, false),
        async ({ error }, where) => {
          if (error !== undefined && fault.cleans) {
            assert.deepEqual(
              names().filter((name) => !keptNames.includes(name)),
              [],
              where,
            );
          }
          // Complete, or as good as not there.
          if (existsSync(record)) await readRecord(record);
          await stormedRun(folder, existsSync(record));
          await readRecord(record);
          assert.deepEqual(names(), recordNames, where);
        },
      );
    });

    it(`of a run over an old record: ${fault.what}`, async () => {
      const { record } = stormedFiles(folder);
      const old = readFileSync(stormedFiles(finished).record, 'utf8');
      const prepare = () => cpSync(finished, folder, { recursive: true });
      await storm(
        fault,
        prepare,
        () => stormedRun(folder, true),
        async ({ error }, where) => {
          await readRecord(record);
          if (error !== undefined && fault.cleans) assert.equal(readFileSync(record, 'utf8'), old, where);
          await stormedRun(folder, true);
          assert.deepEqual(names(), recordNames, where);
        },
      );
    });

    for (const overwrite of fault.cleans ? [false, true] : [true]) {
      it(`of a commit${overwrite ? ' over an old checkpoint' : ''}: ${fault.what}`, async () => {
        const { out, record } = stormedFiles(folder);
        const prepare = () => {
          cpSync(finished, folder, { recursive: true });
          if (overwrite) writeOldTarget(out);
        };
        await storm(
          fault,
          prepare,
          () => stormedCommit(folder, overwrite),
          async ({ result, error }, where) => {
            const listed = (await readRecord(record)).record.checkpoints.length;
            if (existsSync(join(out, 'rejuvenation.json'))) await openCheckpoint(out);
            if (error === undefined) {
              await openCheckpoint(out);
              // Either the record lists it, or the commit has said why not.
              if (fault.cleans) assert.equal(listed, result!.length === 0 ? 1 : 0, where);
            } else if (fault.cleans) {
              assert.deepEqual(names(), [...recordNames, ...(overwrite ? ['out'] : [])].sort(), where);
              if (overwrite) assert.deepEqual(readdirSync(out), oldNames, where);
            }
            assert.deepEqual(await stormedCommit(folder, true), [], where);
            assert.deepEqual(names(), [...recordNames, 'out'].sort(), where);
            assert.equal((await readRecord(record)).record.checkpoints.length, 1);
          },
        );
      });
    }
  }
});
