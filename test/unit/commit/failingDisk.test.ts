import assert from 'node:assert/strict';
import fs, { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commitCheckpoint } from '../../../src/commit/commit.ts';
import type { CommitOptions, CommitProgress } from '../../../src/commit/commitOptions.ts';
import { preparedCommit, refusedCommit } from './tinyPair.ts';

/* A disk that is full, reports errors, writes in part or gives back other bytes than it was given. */
describe('commit on a failing disk', () => {
  let folder: string;
  const at = (...path: string[]) => join(folder, ...path);
  const { write, fsync } = fs;
  const failure = (code: string) => Object.assign(new Error(code), { code });
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'commit-')));
  });
  afterEach(() => {
    Object.assign(fs, { write, fsync });
    syncBuiltinESMExports();
    rmSync(folder, { recursive: true });
  });
  const prepare = () => preparedCommit(folder);
  const refused = (options: CommitOptions) => refusedCommit(folder, options);

  it('refuses what reads back otherwise than it was written', async () => {
    const options = await prepare();
    const onProgress = ({ activity, doneBytes }: CommitProgress) => {
      if (activity !== 'check' || doneBytes !== 0) return;
      const staging = readdirSync(folder).find((name) => name.startsWith('.out'))!;
      const manifest = at(staging, 'rejuvenation.json');
      writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('{', '['));
    };
    assert.equal(
      await refused({ ...options, onProgress }),
      'RunError: "rejuvenation.json" read back from the disk is not what was written: check the disk and try again.',
    );
  });

  it('says which file could not be written, by the name it would have had', async () => {
    const options = await prepare();
    Object.assign(fs, {
      write: (...args: unknown[]) => setImmediate(() => (args.at(-1) as (error: Error) => void)(failure('ENOSPC'))),
    });
    syncBuiltinESMExports();
    assert.equal(await refused(options), 'InputError: Cannot write "$/out/model.safetensors": the disk is full.');
  });

  it('says so when the fault shows only on fsync', async () => {
    const options = await prepare();
    Object.assign(fs, {
      fsync: (_: number, done: (error: Error) => void) => {
        setImmediate(() => done(failure('EIO')));
      },
    });
    syncBuiltinESMExports();
    const said = 'InputError: Cannot write "$/out/model.safetensors": the disk reports an error.';
    assert.equal(await refused(options), said);
  });

  it('goes on after a write of only some bytes', async () => {
    const options = await prepare();
    await commitCheckpoint(options);
    Object.assign(fs, {
      write: (
        file: number,
        bytes: Uint8Array,
        offset: number,
        length: number,
        position: number,
        done: (error: NodeJS.ErrnoException | null, written: number) => void,
      ) => write(file, bytes, offset, Math.ceil(length / 2), position, done),
    });
    syncBuiltinESMExports();
    await commitCheckpoint({ ...options, out: at('again') });
    const name = 'model.safetensors';
    assert.ok(readFileSync(at('again', name)).equals(readFileSync(at('out', name))));
  });
});
