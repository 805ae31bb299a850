import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { calibrationFiles, fileNames } from '../../../../src/calibration/files/calibrationFiles.ts';
import { InputError } from '../../../../src/errors.ts';

describe('calibration as users name it', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'named-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function make(...names: readonly string[]): void {
    for (const name of names) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), '');
    }
  }

  async function named(...what: readonly string[]) {
    const { paths, notes } = await calibrationFiles(what.map((each) => join(folder, each)));
    return {
      paths: paths.map((path) => relative(folder, path).replaceAll('\\', '/')),
      notes: notes.map((note) => note.replaceAll(folder, 'FOLDER')),
    };
  }

  async function refused(...what: readonly string[]): Promise<string> {
    let said = '';
    await assert.rejects(named(...what), (error: unknown) => {
      assert.ok(error instanceof InputError);
      said = error.message.replaceAll(folder, 'FOLDER');
      return true;
    });
    return said;
  }

  it('takes files as they are named, those that are not there too', async () => {
    make('b.jsonl', 'a[1]*.jsonl');
    const { paths, notes } = await named('b.jsonl', 'missing.jsonl', 'a[1]*.jsonl', 'b.jsonl');
    assert.deepEqual(paths, ['b.jsonl', 'missing.jsonl', 'a[1]*.jsonl']);
    assert.deepEqual(notes, ['"FOLDER/b.jsonl" is named twice as calibration, and read once.']);
  });

  it('takes what a pattern matches, by name', async () => {
    make(
      'data/x-2.jsonl',
      'data/x-1.jsonl',
      'data/x-10.jsonl',
      'data/.x-3.jsonl',
      'data/y.jsonl',
      'data/deep/er/x-9.jsonl',
    );
    assert.deepEqual((await named('data/x-?.jsonl')).paths, ['data/x-1.jsonl', 'data/x-2.jsonl']);
    assert.deepEqual((await named('*/x*.jsonl')).paths, ['data/x-1.jsonl', 'data/x-10.jsonl', 'data/x-2.jsonl']);
    assert.deepEqual((await named('data/**/x-?.jsonl')).paths, [
      'data/deep/er/x-9.jsonl',
      'data/x-1.jsonl',
      'data/x-2.jsonl',
    ]);
    assert.deepEqual((await named('**/.x*')).paths, ['data/.x-3.jsonl']);
    assert.match(await refused('data/z*.jsonl'), /^No file matches the calibration "FOLDER\/data\/z\*\.jsonl"\.$/);
  });

  it('goes through folders that link to themselves once', async function () {
    if (process.platform === 'win32') this.skip();
    make('data/a.jsonl');
    symlinkSync(join(folder, 'data'), join(folder, 'data', 'again'));
    assert.deepEqual((await named('**/a.jsonl')).paths, ['data/a.jsonl']);
    assert.deepEqual((await named('data')).paths, ['data/a.jsonl']);
  });

  it('takes the train split of a data set, and says so', async () => {
    make('README.md', 'dataset_infos.json', '.cache/x.jsonl', 'data/test-00000-of-00001.parquet');
    make('data/train-00001-of-00002.parquet', 'data/train-00000-of-00002.parquet');
    const { paths, notes } = await named('.');
    assert.deepEqual(paths, ['data/train-00000-of-00002.parquet', 'data/train-00001-of-00002.parquet']);
    assert.deepEqual(notes, [
      'Calibration is read from 2 files of the train split in "FOLDER"; left out: "data/test-00000-of-00001.parquet".',
    ]);
  });

  it('takes all files where no split is named, one split where there is only one, and links as in Hub caches', async function () {
    if (process.platform === 'win32') this.skip();
    make(
      'all/a.jsonl',
      'all/b.jsonl',
      'one/validation.json',
      'split/train_sft-0.jsonl',
      'split/test_sft-0.jsonl',
      'blobs/0',
    );
    mkdirSync(join(folder, 'snapshot', 'data'), { recursive: true });
    symlinkSync(join(folder, 'blobs', '0'), join(folder, 'snapshot', 'data', 'train.jsonl'));
    assert.deepEqual((await named('all')).paths, ['all/a.jsonl', 'all/b.jsonl']);
    assert.deepEqual((await named('one')).paths, ['one/validation.json']);
    assert.deepEqual((await named('split')).paths, ['split/train_sft-0.jsonl']);
    assert.deepEqual((await named('snapshot')).paths, ['snapshot/data/train.jsonl']);
  });

  it('takes the files of a table that lie in folders of their split', async () => {
    make('default/train/0000.parquet', 'default/train/0001.parquet', 'default/test/0000.parquet');
    assert.deepEqual((await named('.')).paths, ['default/train/0000.parquet', 'default/train/0001.parquet']);
  });

  it('does not guess among several data sets or kinds', async () => {
    make('main/train-0.parquet', 'socratic/train-0.parquet', 'both/a.parquet', 'both/a.jsonl');
    assert.match(
      await refused('.'),
      /^"FOLDER" holds several data sets: "main", "socratic"\. Name the folder of one, or its files\.$/,
    );
    assert.match(await refused('both'), /holds files of several kinds: \.jsonl, \.parquet\. They may be the same rows/);
    assert.deepEqual((await named('main')).paths, ['main/train-0.parquet']);
  });

  it('does not mix the splits of a data set that has none for training', async () => {
    make('data/test-0.parquet', 'data/validation-0.parquet', 'folders/dev/0.jsonl', 'folders/eval/0.jsonl');
    const said = (name: string) =>
      `"FOLDER/${name}" holds the splits test, validation and no train split: name the files that are meant.`;
    assert.equal(await refused('data'), said('data'));
    assert.equal(await refused('folders'), said('folders'));
    assert.deepEqual((await named('data/test-0.parquet', 'data/validation-0.parquet')).paths.length, 2);
  });

  it('says what a folder is that has no rows', async () => {
    make(
      'empty/README.md',
      'saved/dataset_dict.json',
      'saved/train/data-00000-of-00001.arrow',
      'saved/train/state.json',
    );
    make('model/config.json', 'model/model.safetensors');
    assert.equal(await refused('empty'), '"FOLDER/empty" has no .jsonl, .json or .parquet file to calibrate on.');
    assert.match(await refused('saved'), /datasets\.load_from_disk\(FOLDER\)\["train"\]\.to_parquet/);
    assert.equal(await refused('model'), '"FOLDER/model" is a checkpoint, not a calibration file.');
  });

  it('calls files by their names, or by their paths where names are the same', () => {
    assert.deepEqual(fileNames(['/a/x.jsonl', '/b/y.jsonl']), ['x.jsonl', 'y.jsonl']);
    assert.deepEqual(fileNames(['/a/x.jsonl', '/b/x.jsonl']), ['/a/x.jsonl', '/b/x.jsonl']);
  });
});
