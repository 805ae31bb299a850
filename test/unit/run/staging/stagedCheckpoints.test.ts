import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import fs, {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../../../../src/checkpoint/openCheckpoint.ts';
import type { RunEvent } from '../../../../src/run/progress/runEvents.ts';
import { copiesFolder, copyName, removeCopies, stagePlace } from '../../../../src/run/staging/copiesFolder.ts';
import { isWhole, type LocalCopy, localCopies, takeCopy } from '../../../../src/run/staging/localCopy.ts';
import { StagedCheckpoints } from '../../../../src/run/staging/stagedCheckpoints.ts';
import { setEnvironment } from '../../../environment.ts';
import { checkpointFixtures } from '../../../paths.ts';

/* Local copies of checkpoints: made once, whole or not there, of this original, and never anybody else's. */

const { signal } = new AbortController();
const { statfs } = fs.promises;

describe('local copies of checkpoints', () => {
  let folder: string;
  let events: RunEvent[];
  const children: ChildProcess[] = [];
  const at = (...names: string[]) => join(folder, ...names);
  const said = () => events.map((event) => ('text' in event ? event.text : '')).join('\n');
  const staging = (patience?: number) =>
    new StagedCheckpoints({
      ...{ place: at('local'), onEvent: (event) => events.push(event) },
      ...(patience === undefined ? {} : { patience }),
    });
  const stage = (copies = staging()) => copies.folderOf(at('sft'), signal);
  const bytes = (...names: string[]) => readFileSync(join(...names));

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'stage-')));
    events = [];
    cpSync(join(checkpointFixtures, 'tiny-llama-untied-f32', 'sft'), at('sft'), { recursive: true });
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    Object.assign(fs.promises, { statfs });
    rmSync(folder, { recursive: true });
  });

  /** The copies' own folder, that of this checkpoint's, and its files as they are to be copied. */
  async function placed(): Promise<{ readonly own: string; readonly files: readonly LocalCopy[] }> {
    const own = join(copiesFolder(at('local')), copyName(at('sft')));
    const { files } = await openCheckpoint(at('sft'));
    return { own, files: localCopies(files, own, `${own}.notes`) };
  }
  const weightsOf = (files: readonly LocalCopy[]) => files.find(({ copy }) => copy.endsWith('.safetensors'))!;

  /** A process that is stuck in the midst of copying the weights. */
  async function stuckCopier(): Promise<ChildProcess> {
    const { own, files } = await placed();
    for (const each of [copiesFolder(at('local')), own, `${own}.notes`]) {
      mkdirSync(each, { recursive: true, mode: 0o700 });
    }
    const { original, copy, note } = weightsOf(files);
    const script = join(import.meta.dirname, 'stuckCopier.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', script, original, copy, note]);
    children.push(child);
    await new Promise((resolve, reject) => {
      child.stdout.once('data', resolve);
      child.stderr.once('data', (text: Buffer) => reject(new Error(text.toString())));
    });
    assert.ok(
      readdirSync(own).some((name) => name.includes('rejuvenation-staging')),
      'it copies',
    );
    return child;
  }

  it('hold the original’s bytes, are said once, and are taken as they are the next time', async () => {
    const place = await stage();
    for (const { name } of (await openCheckpoint(at('sft'))).files) {
      assert.deepEqual(bytes(place, name), bytes(at('sft', name)), name);
    }
    assert.match(said(), /^Copying .* of "sft" to this machine's ".*"\.\nCopied in .* delete ".*rejuvenation-copies/);
    const made = statSync(join(place, 'model.safetensors'), { bigint: true });
    events = [];
    assert.equal(await stage(), place);
    assert.equal(said(), '');
    assert.equal(statSync(join(place, 'model.safetensors'), { bigint: true }).ino, made.ino);
    const checkpoint = await openCheckpoint(at('sft'));
    const local = await staging().checkpoint(checkpoint, signal);
    assert.deepEqual([local.folder, local.files], [checkpoint.folder, checkpoint.files], 'records name the original');
    assert.equal(local.shards[0]!.path, join(place, 'model.safetensors'));
    assert.equal(await removeCopies(copiesFolder(at('local'))), true);
    assert.deepEqual(readdirSync(at('local')), []);
  });

  it('are made by one of two that come at once, the other waits', async () => {
    const { own, files } = await placed();
    assert.deepEqual(await Promise.all([stage(), stage()]), [own, own]);
    const weights = weightsOf(files);
    rmSync(weights.copy);
    const both = await Promise.all([takeCopy(weights, signal), takeCopy(weights, signal)]);
    assert.equal(both.filter((each) => each === 'copied').length, 1, both.join());
    assert.deepEqual(
      readdirSync(own).sort(),
      readdirSync(own)
        .filter((name) => !name.startsWith('.'))
        .sort(),
    );
    assert.deepEqual(
      readdirSync(`${own}.notes`).filter((name) => !name.endsWith('.json')),
      [],
    );
  });

  it('are made anew where the process that made them was killed; one that gets nowhere is not waited for', async () => {
    const child = await stuckCopier();
    const { own, files } = await placed();
    assert.equal(await stage(staging(400)), at('sft'));
    assert.match(said(), /Another process copies ".*sft" to ".*" and gets nowhere: it is read where it is\./);
    assert.equal(await isWhole(weightsOf(files)), false);
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    assert.equal(await stage(), own);
    assert.deepEqual(bytes(weightsOf(files).copy), bytes(weightsOf(files).original));
    assert.equal(
      readdirSync(own).some((name) => name.startsWith('.')),
      false,
      'what it left is deleted',
    );
  });

  it('are refused where there is no room, and nothing is left', async () => {
    Object.assign(fs.promises, { statfs: async () => ({ blocks: 1e6, bavail: 1, bsize: 4096 }) });
    await assert.rejects(stage(), {
      name: 'InputError',
      message:
        /has 0\.0+ GB free, but the copy of ".*sft" needs .* GB: make room there, name another place with --stage/,
    });
    const { own } = await placed();
    assert.deepEqual(readdirSync(own), []);
    // What is there takes no room.
    Object.assign(fs.promises, { statfs });
    await stage();
    Object.assign(fs.promises, { statfs: async () => ({ blocks: 1e6, bavail: 1, bsize: 4096 }) });
    assert.equal(await stage(), own);
  });

  it('are not taken for what others put in their place', async () => {
    const place = await stage();
    const { files } = await placed();
    const { copy, note, original } = weightsOf(files);
    const foreign: readonly (() => void)[] = [
      // Other bytes of the same size, with and without the copy's time.
      () => writeFileSync(copy, Buffer.alloc(statSync(copy).size)),
      () => {
        const { mtime, atime } = statSync(copy);
        const other = Buffer.alloc(statSync(copy).size);
        rmSync(copy);
        writeFileSync(copy, other);
        utimesSync(copy, atime, mtime);
      },
      () => writeFileSync(`${note}.json`, '{"original": 7}'),
      () => rmSync(`${note}.json`),
      () => {
        rmSync(copy);
        symlinkSync(original, copy);
      },
      () => {
        rmSync(copy);
        mkdirSync(copy);
      },
    ];
    for (const [number, put] of foreign.entries()) {
      put();
      assert.equal(await stage(), place);
      assert.ok(fs.lstatSync(copy).isFile(), String(number));
      assert.deepEqual(bytes(copy), bytes(original), String(number));
    }
    writeFileSync(original, Buffer.concat([bytes(original)]));
    assert.equal(await isWhole(weightsOf((await placed()).files)), false, 'the original was written anew');
  });

  it('lie in a folder of the user’s own, or nowhere', async () => {
    if (process.getuid === undefined) return;
    const own = copiesFolder(at('local'));
    mkdirSync(at('elsewhere'), { mode: 0o700 });
    mkdirSync(at('local'));
    symlinkSync(at('elsewhere'), own);
    await assert.rejects(stage(), { name: 'InputError', message: /is no folder of yours alone/ });
    assert.equal(await removeCopies(own), false);
    rmSync(own);
    mkdirSync(own);
    chmodSync(own, 0o777);
    await assert.rejects(stage(), /is no folder of yours alone/);
    writeFileSync(at('file'), '');
    const stageIn = (...names: string[]) =>
      new StagedCheckpoints({ place: at(...names), onEvent: () => undefined }).folderOf(at('sft'), signal);
    await assert.rejects(stageIn('file', 'x'), { name: 'InputError' });
    await assert.rejects(stageIn('file'), { name: 'InputError', message: /file": something else has its name/ });
  });

  it('never lie inside the checkpoint, nor a link to it', async () => {
    symlinkSync(at('sft'), at('link'), 'junction');
    const names = readdirSync(at('sft'));
    for (const place of [at('sft'), at('sft', 'copies'), at('link', 'copies')]) {
      const inside = new StagedCheckpoints({ place, onEvent: () => undefined });
      await assert.rejects(inside.folderOf(at('sft'), signal), {
        name: 'InputError',
        message: /lies inside .*--stage/,
      });
    }
    assert.deepEqual(readdirSync(at('sft')), names);
  });

  it('may lie where a variable of the environment says', () => {
    const restore = setEnvironment({ NODE_DISK: '/nvme' });
    try {
      assert.equal(stagePlace('$NODE_DISK'), '/nvme');
      assert.equal(stagePlace(['$', '{NODE_DISK}/a'].join('')), '/nvme/a');
      assert.equal(stagePlace('/x/$NODE_DISK'), '/x/$NODE_DISK');
      assert.throws(() => stagePlace('$NO_SUCH_DISK/a'), {
        name: 'InputError',
        message: /"\$NO_SUCH_DISK", but that is not set/,
      });
      assert.match(copiesFolder('/nvme', '0123456789ab'), /-0123456789ab$/);
    } finally {
      restore();
    }
  });

  it('are not made when their work is stopped', async () => {
    await assert.rejects(staging().folderOf(at('sft'), AbortSignal.abort()), { name: 'Interrupted' });
    const { own } = await placed();
    assert.equal(existsSync(join(own, 'model.safetensors')), false);
  });
});
