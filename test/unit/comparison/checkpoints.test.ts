import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { checkpointCard, tensorNorms } from '../../../src/comparison/checkpointCard.ts';
import { checkComparable } from '../../../src/comparison/checkpoints/checkComparable.ts';
import { checkpointNames } from '../../../src/comparison/checkpoints/checkpointNames.ts';
import { compareCheckpoints } from '../../../src/comparison/compareCheckpoints.ts';
import { ComparedFiles } from '../../../src/comparison/comparedFiles.ts';
import { comparedPairs } from '../../../src/comparison/comparedPairs.ts';
import { tensorPlace } from '../../../src/comparison/comparedTensor.ts';
import { startEngine } from '../../../src/engine/process/client.ts';
import { InputError, Interrupted } from '../../../src/errors.ts';
import { pooledDifference } from '../../../src/record/comparison/tensors/pooledDifference.ts';
import { recordNorms } from '../../../src/record/comparison/tensors/recordNorms.ts';
import { maxWindowSide } from '../../../src/record/comparison/tensors/windowSide.ts';
import { writeTiny } from '../checkpoint/tinyCheckpoint.ts';

const context = { onEvent: () => undefined, signal: new AbortController().signal, startEngine };

describe('comparing checkpoints', () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'compare-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const compare = (checkpoints: readonly string[], record?: string) =>
    compareCheckpoints({ checkpoints, pairs: 'reference', record, overwrite: false }, context);

  it('pairs every checkpoint with the first, and with those before it when asked to', () => {
    const list = (checkpoints: number, choice: 'reference' | 'all') =>
      comparedPairs(checkpoints, choice).map(({ reference, checkpoint }) => `${reference}${checkpoint}`);
    assert.deepEqual(list(3, 'reference'), ['01', '02']);
    assert.deepEqual(list(4, 'all'), ['01', '02', '03', '12', '13', '23']);
    assert.throws(() => comparedPairs(7, 'all'), InputError);
  });

  it('names checkpoints as shortly as tells them apart', () => {
    assert.deepEqual(checkpointNames(['/m/base', '/m/sft']), ['base', 'sft']);
    assert.deepEqual(checkpointNames(['/m/a/last', '/m/b/last', '/m/base']), ['a/last', 'b/last', 'base']);
    assert.deepEqual(checkpointNames(['/x/a/last', '/y/a/last']), ['x/a/last', 'y/a/last']);
  });

  it('tells layer and module from a tensor’s name', () => {
    assert.deepEqual(tensorPlace('model.layers.12.self_attn.q_proj.weight'), { layer: 12, module: 'q_proj' });
    assert.deepEqual(tensorPlace('model.layers.0.self_attn.q_proj.bias'), { layer: 0, module: 'q_proj.bias' });
    assert.deepEqual(tensorPlace('model.layers.3.input_layernorm.weight'), { layer: 3, module: 'input_layernorm' });
    assert.deepEqual(tensorPlace('model.embed_tokens.weight'), { module: 'embed_tokens' });
    assert.deepEqual(tensorPlace('lm_head.weight'), { module: 'lm_head' });
  });

  it('refuses one folder given twice', async () => {
    await writeTiny(at('a'));
    await symlink(at('a'), at('link'));
    const refused = async (names: readonly string[], message: string) => {
      const checkpoints = await Promise.all(names.map((name) => openCheckpoint(at(name))));
      await assert.rejects(checkComparable(checkpoints), new InputError(message.replaceAll('$', folder)));
    };
    await refused(['a', 'a'], '"$/a" is given twice: give different checkpoints.');
    await refused(['a', 'link'], '"$/a" and "$/link" are the same files: give different checkpoints.');
  });

  it('lets dtypes differ, and compares a head of its own with the embeddings it was tied to', async () => {
    await writeTiny(at('tied'), { config: { tie_word_embeddings: true } });
    await writeTiny(at('untied'), {
      tensors: (tensors) => {
        for (const [name, tensor] of tensors) tensors.set(name, { ...tensor, dtype: 'F32' });
      },
      fill: { 'lm_head.weight': 0x3f },
    });
    const { record } = await compare([at('tied'), at('untied')]);
    const changed = record.tensors.filter((_, i) => record.differences[0]![i]!.norm > 0).map(({ name }) => name);
    assert.deepEqual(changed, ['lm_head.weight']);
    assert.equal(record.differences[0]![record.tensors.length - 1]!.relativeNorm, null);
  });

  it('writes nothing when a checkpoint is broken, stopped, or the place is taken', async () => {
    await writeTiny(at('a'));
    await writeTiny(at('b'), { fill: { 'model.norm.weight': 1 } });
    await mkdir(at('out'));
    const record = at('out/x.comparison.json');
    await rm(at('b/config.json'));
    await assert.rejects(compare([at('a'), at('b')], record), /lacks config\.json/);
    await writeFile(at('b/config.json'), await readFile(at('a/config.json')));
    const stop = new AbortController();
    await assert.rejects(
      compareCheckpoints(
        { checkpoints: [at('a'), at('b')], pairs: 'reference', record, overwrite: false },
        {
          ...context,
          signal: stop.signal,
          onEvent: (event) => {
            if (event.type === 'phase' && event.phase === 'compare') stop.abort();
          },
        },
      ),
      Interrupted,
    );
    await assert.rejects(readFile(record), /ENOENT/);
    assert.deepEqual(await readdir(at('out')), []);
    await compare([at('a'), at('b')], record);
    await assert.rejects(
      compare([at('a'), at('b')], record),
      /exists already: choose another place, or pass --overwrite/,
    );
    await assert.rejects(compare([at('a'), at('b')], at('a/x.comparison.json')), /lies inside the input/);
  });

  it('reads windows of files that are as they were, and says why not otherwise', async () => {
    await writeTiny(at('a'));
    await writeTiny(at('b'), { fill: { 'model.norm.weight': 0x3f } });
    const { record } = await compare([at('a'), at('b')]);
    const files = new ComparedFiles(record, () => true);
    assert.deepEqual(
      (await files.states()).map(({ present }) => present),
      [true, true],
    );
    const norm = record.tensors.findIndex(({ name }) => name === 'model.norm.weight');
    const window = await files.window(0, norm, { rowStart: 0, rowEnd: 9, columnStart: 1, columnEnd: 3 });
    assert.deepEqual([window.rows, window.columns, window.columnStart], [1, 2, 1]);
    assert.deepEqual([...window.reference], [0, 0]);
    // Both bytes 0x3f: bfloat16 0.74609375.
    assert.deepEqual([...window.checkpoint], [0.74609375, 0.74609375]);
    await assert.rejects(files.window(1, norm, { rowStart: 0, rowEnd: 1, columnStart: 0, columnEnd: 1 }), RangeError);
    assert.ok(maxWindowSide >= 256);

    await utimes(at('b/model.safetensors'), new Date(), new Date(Date.now() + 5000));
    await assert.rejects(
      files.window(0, norm, { rowStart: 0, rowEnd: 1, columnStart: 0, columnEnd: 1 }),
      /"[^"]*b" is not as it was compared \("model.safetensors" has changed\): compare again/,
    );
    const distrusted = await new ComparedFiles(record, (path) => path === at('a')).states();
    assert.equal(distrusted[0]!.present, true);
    assert.match(distrusted[1]!.reason, /lies outside this workspace, which is not trusted/);
  });

  it('makes cards whose lines differ where the checkpoints do', async () => {
    await writeTiny(at('a'));
    await writeTiny(at('b'), {
      fill: { 'model.norm.weight': 0x3f },
      config: { note: 'a\u202eb', max_position_embeddings: 128 },
    });
    const card = async (name: string) => {
      const checkpoint = await openCheckpoint(at(name));
      return (await checkpointCard(checkpoint, await tensorNorms(checkpoint, context.signal))).split('\n');
    };
    const [a, b] = [await card('a'), await card('b')];
    const only = (one: readonly string[], other: readonly string[]) => one.filter((line) => !other.includes(line));
    assert.deepEqual(
      only(a, b).map((line) => line.trim().replace(/ {2,}/g, ' ')),
      [at('a'), '"max_position_embeddings": 64,', 'model.norm.weight BF16 [4] norm 0.00000'],
    );
    assert.deepEqual(
      only(b, a).map((line) => line.trim().replace(/ {2,}/g, ' ')),
      [at('b'), '"max_position_embeddings": 128,', '"note": "a\\u{202e}b",', 'model.norm.weight BF16 [4] norm 1.49219'],
    );
    // A record's norms make the same card.
    const { record } = await compare([at('a'), at('b')]);
    const fromRecord = await checkpointCard(await openCheckpoint(at('b')), recordNorms(record, 1));
    assert.deepEqual(fromRecord.split('\n'), b);
  });

  it('pools layers exactly, by their sums of squares', async () => {
    await writeTiny(at('a'), { config: { num_hidden_layers: 2 }, fill: { 'model.norm.weight': 0x3f } });
    await writeTiny(at('b'), {
      config: { num_hidden_layers: 2 },
      fill: {
        'model.norm.weight': 0x3f,
        'model.layers.0.self_attn.v_proj.weight': 0x3f,
        'model.layers.1.input_layernorm.weight': 0x3f,
      },
    });
    const { record } = await compare([at('a'), at('b')]);
    const parts = record.tensors.map(({ elements }, i) => ({ elements, difference: record.differences[0]![i]! }));
    const all = pooledDifference(parts);
    // v_proj of [2, 4] and a norm of 4 changed from 0 to 0.74609375.
    const value = 0.74609375;
    assert.ok(Math.abs(all.norm - Math.sqrt(12 * value ** 2)) < 1e-12);
    assert.ok(Math.abs(all.relativeNorm! - Math.sqrt(12 / 4)) < 1e-12);
    assert.equal(all.maxAbs, value);
    assert.ok(Math.abs(all.spikiness! - Math.sqrt(all.elements / 12)) < 1e-12);
    assert.ok(Math.abs(all.unchangedShare - (all.elements - 12) / all.elements) < 1e-12);
    const none = pooledDifference(parts.filter(({ difference }) => difference.norm === 0));
    assert.deepEqual([none.norm, none.relativeNorm, none.spikiness, none.unchangedShare], [0, 0, null, 1]);
  });
});
