import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { commitCheckpoint } from '../../../src/commit/commit.ts';
import type { CommitOptions, CommitProgress } from '../../../src/commit/commitOptions.ts';
import type { TinyOptions } from '../checkpoint/tinyCheckpoint.ts';
import {
  listing,
  openPair,
  plainCommit,
  preparedCommit,
  refusedCommit,
  writeOldTarget,
  writeTinyPair,
} from './tinyPair.ts';

describe('commit', () => {
  let folder: string;
  const at = (...path: string[]) => join(folder, ...path);
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'commit-')));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const prepare = (options?: TinyOptions) => preparedCommit(folder, options);
  const refused = (options: CommitOptions) => refusedCommit(folder, options);

  it('writes weights, side files and a manifest, each listed with its hash', async () => {
    const files = {
      'generation_config.json': '{}',
      'tokenizer_config.json': '{"chat_template": "x"}',
      'special_tokens_map.json': '{}',
      'added_tokens.json': '{}',
      'vocab.json': '{}',
      'merges.txt': '',
      'chat_template.jinja': 'hello',
      LICENSE: 'do as you please',
      // Never copied: other weights, pickles, optimizer states, code, an older manifest, anything unknown.
      'pytorch_model.bin': 'pickle',
      'optimizer.pt': 'pickle',
      'training_args.bin': 'pickle',
      'scheduler.pt': 'pickle',
      'rng_state_0.pth': 'pickle',
      'trainer_state.json': '{}',
      'zero_to_fp32.py': 'code',
      latest: 'global_step5',
      'adapter_config.json': '{}',
      'adapter_model.safetensors': 'weights',
      'modeling_x.py': 'code',
      'rejuvenation.json': 'of another',
      'README.md': 'about another model',
    };
    const options = await prepare({ files });
    mkdirSync(at('sft', 'global_step5'));
    writeFileSync(at('sft', 'global_step5', 'mp_rank_00_model_states.pt'), 'pickle');
    mkdirSync(at('sft', 'chat_templates'));
    writeFileSync(at('sft', 'chat_templates', 'tools.jinja'), 'tools');
    writeFileSync(at('sft', 'chat_templates', 'more.jinja'), 'more');
    const committed = await commitCheckpoint(options);
    const copied = [
      'LICENSE',
      'added_tokens.json',
      'chat_template.jinja',
      'chat_templates/more.jinja',
      'chat_templates/tools.jinja',
      'config.json',
      'generation_config.json',
      'merges.txt',
      'special_tokens_map.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'vocab.json',
    ];
    const expected = [...copied, 'chat_templates', 'model.safetensors', 'rejuvenation.json'].sort();
    assert.deepEqual(listing(at('out')), expected);
    for (const name of copied) assert.ok(readFileSync(at('out', name)).equals(readFileSync(at('sft', name))), name);
    assert.deepEqual(
      committed.map(({ name }) => name).sort(),
      expected.filter((name) => name !== 'chat_templates'),
    );
    for (const { name, bytes, sha256 } of committed) {
      const content = readFileSync(at('out', name));
      assert.deepEqual([bytes, sha256], [content.length, createHash('sha256').update(content).digest('hex')], name);
    }
    const manifest = JSON.parse(readFileSync(at('out', 'rejuvenation.json'), 'utf8')) as { files: unknown };
    assert.deepEqual(manifest.files, committed.slice(0, -1));
    assert.deepEqual(readdirSync(folder).sort(), ['base', 'out', 'sft']);
    await openCheckpoint(at('out'));
    const umask = process.umask();
    assert.equal(statSync(at('out', 'model.safetensors')).mode & 0o777, 0o666 & ~umask);
    assert.equal(statSync(at('out')).mode & 0o777, 0o777 & ~umask);
  });

  it('follows links: a hub cache in, plain files out', async () => {
    await writeTinyPair(folder, { shards: 2 });
    mkdirSync(at('blobs'));
    for (const name of readdirSync(at('sft'))) {
      renameSync(at('sft', name), at('blobs', `hash-${name}`));
      symlinkSync(join('..', 'blobs', `hash-${name}`), at('sft', name));
    }
    const options = plainCommit(folder, await openPair(folder));
    await commitCheckpoint(options);
    for (const name of readdirSync(at('out'))) assert.ok(lstatSync(at('out', name)).isFile(), name);
    assert.deepEqual(readdirSync(at('out')), [...readdirSync(at('sft')), 'rejuvenation.json'].sort());
    assert.equal(
      await refused({ ...options, out: at('blobs'), overwrite: true }),
      'InputError: The checkpoint "$/blobs" contains the input "$/blobs/hash-model-00001-of-00002.safetensors": choose another place.',
    );
  });

  it('tells its progress, each activity up to its end', async () => {
    const options = await prepare({ shards: 2 });
    const events: CommitProgress[] = [];
    await commitCheckpoint({ ...options, onProgress: (event) => events.push(event) });
    assert.deepEqual([...new Set(events.map(({ activity }) => activity))].sort(), ['check', 'fuse', 'write']);
    for (const { doneBytes, totalBytes } of events) assert.ok(doneBytes >= 0 && doneBytes <= totalBytes);
    const last = events.at(-1)!;
    assert.deepEqual([last.activity, last.doneBytes], ['check', last.totalBytes]);
    const checks = events.filter(({ activity }) => activity === 'check').map(({ doneBytes }) => doneBytes);
    assert.deepEqual(
      checks,
      checks.toSorted((a, b) => a - b),
    );
  });

  it('replaces what is there only when told to, and then wholly', async () => {
    const options = await prepare();
    writeOldTarget(at('out'));
    const message = 'InputError: The checkpoint "$/out" exists already: choose another place, or pass --overwrite.';
    assert.equal(await refused(options), message);
    await commitCheckpoint({ ...options, overwrite: true });
    assert.equal(existsSync(at('out', 'old.txt')), false);
    await openCheckpoint(at('out'));
    assert.equal(await refused(options), message);
    assert.deepEqual(readdirSync(folder).sort(), ['base', 'out', 'sft']);
  });

  it('does not replace what came to exist while it worked', async () => {
    const options = await prepare();
    const onProgress = () => mkdirSync(at('out'), { recursive: true });
    await assert.rejects(commitCheckpoint({ ...options, onProgress }), /exists already/);
    assert.deepEqual(readdirSync(folder).sort(), ['base', 'out', 'sft']);
    assert.deepEqual(readdirSync(at('out')), []);
  });

  it('replaces a link to a folder, not what it leads to', async () => {
    const options = await prepare();
    mkdirSync(at('kept'));
    writeFileSync(at('kept', 'old.txt'), 'old');
    symlinkSync(at('kept'), at('out'));
    await commitCheckpoint({ ...options, overwrite: true });
    assert.ok(lstatSync(at('out')).isDirectory());
    assert.deepEqual(readdirSync(at('kept')), ['old.txt']);
  });

  for (const activity of ['fuse', 'write', 'check'] as const) {
    it(`stops at ${activity}, leaving the old target`, async () => {
      const options = await prepare();
      mkdirSync(at('out'));
      const abort = new AbortController();
      const onProgress = (event: CommitProgress) => {
        if (event.activity === activity) abort.abort();
      };
      const stopped = { ...options, overwrite: true, signal: abort.signal, onProgress };
      assert.match(await refused(stopped), /^Interrupted: Stopped/);
    });
  }

  const rows: readonly (readonly [name: string, change: Partial<CommitOptions>, message: string])[] = [
    ['alpha above 1', { alpha: 1.01 }, 'alpha is 1.01, but must lie between 0 and 1.'],
    ['alpha below 0', { alpha: -0.1 }, 'alpha is -0.1, but must lie between 0 and 1.'],
    ['alpha that is no number', { alpha: Number.NaN }, 'alpha is NaN, but must lie between 0 and 1.'],
    ['an output without a place', { out: 'none/out' }, 'Cannot write "$/none/out": there is no such folder.'],
    ['an output in a file', { out: 'file/out' }, 'Cannot write "$/file/out": a part of the path is not a folder.'],
    ['an output that is a file', { out: 'file', overwrite: true }, '"$/file" is not a folder: choose another place.'],
    [
      'an output that is an input',
      { out: 'sft', overwrite: true },
      'The checkpoint "$/sft" is or lies inside the input "$/sft": choose another place.',
    ],
    [
      'an output inside an input, through a link',
      { out: 'link/new' },
      'The checkpoint "$/link/new" is or lies inside the input "$/base": choose another place.',
    ],
    [
      'an output around an input',
      { out: '.', overwrite: true },
      'The checkpoint "$" contains the input "$/base": choose another place.',
    ],
    [
      'a collection of folders as output',
      { out: 'models', overwrite: true },
      '"$/models" is no checkpoint, and replacing it would delete the files in it: choose another place.',
    ],
  ];
  for (const [name, change, message] of rows) {
    it(`refuses ${name}`, async () => {
      const options = { ...(await prepare()), ...change };
      writeFileSync(at('file'), '');
      symlinkSync(at('base'), at('link'));
      mkdirSync(at('models', 'mine'), { recursive: true });
      assert.equal(await refused({ ...options, out: join(folder, change.out ?? 'out') }), `InputError: ${message}`);
    });
  }

  it('refuses inputs that change while it works', async () => {
    const options = await prepare();
    const weights = at('sft', 'model.safetensors');
    const changed = 'RunError: "$/sft/model.safetensors" changed';
    let done = false;
    const touch = () => {
      if (!done) utimesSync(weights, 1, 1);
      done = true;
    };
    assert.equal(
      await refused({ ...options, onProgress: touch }),
      `${changed} while it was read: leave it alone and try again.`,
    );
    appendFileSync(weights, 'x');
    assert.equal(await refused(options), `${changed} after its header was read: leave it alone and try again.`);
  });
});
