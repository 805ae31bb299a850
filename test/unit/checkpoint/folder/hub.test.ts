import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hubCacheFolder, hubSnapshotOf, parseHubId } from '../../../../src/checkpoint/folder/hubId.ts';
import { locateCheckpoint } from '../../../../src/checkpoint/folder/locateCheckpoint.ts';
import { openCheckpoint } from '../../../../src/checkpoint/openCheckpoint.ts';
import { InputError } from '../../../../src/errors.ts';
import { setEnvironment } from '../../../environment.ts';
import { writeTiny } from '../tinyCheckpoint.ts';

const main = '0123456789abcdef0123456789abcdef01234567';
const other = 'fedcba9876543210fedcba9876543210fedcba98';

describe('models of the Hub', () => {
  let folder: string;
  let restore: () => void;
  beforeEach(async () => {
    folder = await mkdtemp(join(await realpath(tmpdir()), 'hub-'));
    const unset = ['HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE', 'XDG_CACHE_HOME'].map((name) => [name, undefined]);
    restore = setEnvironment({ ...Object.fromEntries(unset), HF_HOME: folder });
  });
  afterEach(async () => {
    restore();
    await rm(folder, { recursive: true });
  });

  const entry = () => join(folder, 'hub', 'models--Qwen--Qwen3-8B');

  /** A snapshot as huggingface_hub writes it: links into blobs. */
  async function snapshot(commit: string): Promise<string> {
    const blobs = join(entry(), 'blobs');
    const place = join(entry(), 'snapshots', commit);
    const made = await writeTiny(join(folder, 'made'), { shards: 2 });
    await mkdir(blobs, { recursive: true });
    await mkdir(place, { recursive: true });
    for (const name of await readdir(made)) {
      await rename(join(made, name), join(blobs, `${commit}-${name}`));
      await symlink(join('../../blobs', `${commit}-${name}`), join(place, name));
    }
    return place;
  }

  async function reference(name: string, commit: string): Promise<void> {
    await mkdir(join(entry(), 'refs', name, '..'), { recursive: true });
    await writeFile(join(entry(), 'refs', name), commit);
  }

  const refuses = async (work: Promise<unknown>, message: string) => {
    await assert.rejects(work, (error: unknown) => {
      assert.ok(error instanceof InputError);
      assert.equal(error.message.replaceAll(folder, 'HOME'), message);
      return true;
    });
  };

  it('are taken from the local cache by name, branch, tag and commit', async () => {
    const newest = await snapshot(main);
    const older = await snapshot(other);
    await reference('main', main);
    await reference('v1.0', other);
    await reference('refs/pr/1', `${other}\n`);
    const found: readonly [string, string][] = [
      ['', newest],
      ['@main', newest],
      ['@v1.0', older],
      ['@refs/pr/1', older],
      [`@${other}`, older],
      ['@fedcba98', older],
    ];
    for (const [revision, place] of found) {
      const name = `Qwen/Qwen3-8B${revision}`;
      const { folder: located, notes } = await locateCheckpoint(name);
      assert.equal(located, place);
      assert.deepEqual(notes, [`"${name}" is taken from the Hub cache: "${place}".`]);
      await openCheckpoint(located);
    }
    assert.equal((await locateCheckpoint(entry())).folder, newest);
    assert.deepEqual((await locateCheckpoint(entry())).notes, [
      `The weights of "${entry()}" are those in "${newest}".`,
    ]);
  });

  it('are named with the line that downloads them when they are not there', async () => {
    const missing = (name: string, command: string) =>
      refuses(
        locateCheckpoint(name),
        `${name} is no folder, and as a model of the Hub it is not in the cache "HOME/hub"; download it first: hf download ${command}`
          .replace(/^([^@ ]+)@(\S+)/, '"$1" at "$2"')
          .replace(/^([^"@ ]+) /, '"$1" '),
      );
    await missing('Qwen/Qwen3-8B', 'Qwen/Qwen3-8B');
    await missing('Qwen/Qwen3-8B@v2', 'Qwen/Qwen3-8B --revision v2');
    await snapshot(main);
    await reference('main', main);
    await missing('Qwen/Qwen3-8B@v2', 'Qwen/Qwen3-8B --revision v2');
    await missing('Qwen/Qwen3-8B@fedcba98', 'Qwen/Qwen3-8B --revision fedcba98');
  });

  it('give way to a path that exists', async () => {
    await snapshot(main);
    await reference('main', main);
    const here = process.cwd();
    process.chdir(folder);
    try {
      const made = await writeTiny(join(folder, 'Qwen/Qwen3-8B'));
      assert.deepEqual(await locateCheckpoint('Qwen/Qwen3-8B'), { folder: made, kind: 'checkpoint', notes: [] });
    } finally {
      process.chdir(here);
    }
  });

  it('of which a download was broken off are named with the line that goes on', async () => {
    const place = await snapshot(main);
    await reference('main', main);
    const again = `hf download Qwen/Qwen3-8B --revision ${main}`;
    await rm(join(place, 'model-00002-of-00002.safetensors'));
    await refuses(
      openCheckpoint(place),
      `"${place.replace(folder, 'HOME')}" is half-written: of the 2 shards that model.safetensors.index.json lists, 1 is missing ("model-00002-of-00002.safetensors"); download it again: ${again}`,
    );
    for (const name of await readdir(place)) if (name.startsWith('model')) await rm(join(place, name));
    await refuses(
      locateCheckpoint('Qwen/Qwen3-8B'),
      `"${place.replace(folder, 'HOME')}" in the Hub cache lacks the model's weights; download them: ${again}`,
    );
  });

  it('without a main revision are the only snapshot, or refused by name', async () => {
    const place = await snapshot(main);
    assert.equal((await locateCheckpoint(entry())).folder, place);
    await snapshot(other);
    await refuses(
      locateCheckpoint(entry()),
      `"${entry().replace(folder, 'HOME')}" is a model's entry in the Hub cache without a main revision; give one of the folders in its "snapshots": "${main}", "${other}".`,
    );
    await rm(join(entry(), 'snapshots'), { recursive: true });
    await mkdir(join(entry(), 'snapshots'));
    await refuses(
      locateCheckpoint(entry()),
      `"${entry().replace(folder, 'HOME')}" in the Hub cache has no snapshot; download it again: hf download Qwen/Qwen3-8B`,
    );
  });

  it('lie where huggingface_hub keeps them', () => {
    assert.equal(hubCacheFolder({}, '/home/u'), '/home/u/.cache/huggingface/hub');
    assert.equal(hubCacheFolder({ XDG_CACHE_HOME: '/x' }, '/home/u'), '/x/huggingface/hub');
    assert.equal(hubCacheFolder({ XDG_CACHE_HOME: '/x', HF_HOME: '~/hf' }, '/home/u'), '/home/u/hf/hub');
    assert.equal(hubCacheFolder({ HF_HOME: '/h', HUGGINGFACE_HUB_CACHE: '/old' }, '/home/u'), '/old');
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as a shell writes it
    const all = { HF_HOME: '/h', HUGGINGFACE_HUB_CACHE: '/old', HF_HUB_CACHE: '$SCRATCH/${USER}/hub', SCRATCH: '/s' };
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as a shell writes it
    assert.equal(hubCacheFolder(all, '/home/u'), '/s/${USER}/hub');
    assert.equal(hubCacheFolder({ ...all, USER: 'me' }, '/home/u'), '/s/me/hub');
    assert.equal(hubCacheFolder({ HF_HUB_CACHE: '' }, '/home/u'), '/home/u/.cache/huggingface/hub');
  });

  it('have names by the Hub’s rules, which no path can hide in', () => {
    assert.deepEqual(parseHubId('Qwen/Qwen3-8B'), { id: 'Qwen/Qwen3-8B', revision: undefined });
    assert.deepEqual(parseHubId('a/b@refs/pr/2'), { id: 'a/b', revision: 'refs/pr/2' });
    const none = [
      'gpt2',
      './a/b',
      '../a',
      'a/../b',
      'a/b/c',
      '/a/b',
      'a/b@',
      'a/b@../../x',
      'a/b@x//y',
      'a/b@/x',
      'a--b/c',
    ];
    const more = [
      'a/-b',
      'a/b.',
      'a b/c',
      'a/b\n',
      'a/b@x y',
      'a/b@-x',
      `a/${'b'.repeat(96)}`,
      'a\\b',
      'C:/b',
      'a/b.git',
    ];
    for (const text of [...none, ...more]) assert.equal(parseHubId(text), undefined, text);
    assert.deepEqual(hubSnapshotOf(`/c/models--a--b--c/snapshots/${main}`), undefined);
    assert.deepEqual(hubSnapshotOf(`/c/models--a--b/snapshots/${main}`), { id: 'a/b', revision: main });
    assert.equal(hubSnapshotOf('/c/models--a--b/blobs/x'), undefined);
  });
});
