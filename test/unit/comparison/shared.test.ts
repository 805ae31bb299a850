import assert from 'node:assert/strict';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Checkpoint } from '../../../src/checkpoint/checkpoint.ts';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { tensorPosition, unsharedTable } from '../../../src/cli/output/comparisonTables.ts';
import { checkComparable } from '../../../src/comparison/checkpoints/checkComparable.ts';
import { compareCheckpoints } from '../../../src/comparison/compareCheckpoints.ts';
import { unmeasurable } from '../../../src/comparison/outputs/sameTokens.ts';
import { startEngine } from '../../../src/engine/process/client.ts';
import { InputError } from '../../../src/errors.ts';
import { readComparison } from '../../../src/record/comparison/comparisonFile.ts';
import type { ComparisonRecord } from '../../../src/record/comparison/comparisonRecord.ts';
import { recordNorms } from '../../../src/record/comparison/tensors/recordNorms.ts';
import { type TinyOptions, tinyTokenizer, writeTiny } from '../checkpoint/tinyCheckpoint.ts';

const embedding = 'model.embed_tokens.weight';

describe('checkpoints that differ are compared in what they share', () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  beforeEach(async () => {
    folder = await mkdtemp(join(await realpath(tmpdir()), 'shared-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function compared(...made: readonly TinyOptions[]): Promise<ComparisonRecord> {
    const checkpoints: string[] = [];
    for (const [i, options] of made.entries()) checkpoints.push(await writeTiny(at('abcd'[i]!), options));
    const context = { onEvent: () => undefined, signal: new AbortController().signal, startEngine };
    const record = at('x.comparison.json');
    await compareCheckpoints({ checkpoints, pairs: 'all', record, overwrite: true }, context);
    return (await readComparison(record)).record;
  }

  const notes = (record: ComparisonRecord) => record.notes.map((note) => note.replaceAll(folder, '$'));

  const refuses = async (names: readonly string[], message: string) => {
    const checkpoints = await Promise.all(names.map((name) => openCheckpoint(at(name))));
    await assert.rejects(checkComparable(checkpoints), new InputError(message.replaceAll('$', folder)));
  };

  it('of another number of layers: those that both have', async () => {
    const record = await compared({}, { config: { num_hidden_layers: 3 } });
    assert.deepEqual(notes(record), [
      '"$/a" and "$/b" differ in "num_hidden_layers" (1 and 3): what they share is compared.',
    ]);
    assert.equal(record.tensors.length, 12);
    assert.ok(record.differences[0]!.every(({ norm }) => norm === 0));
    assert.equal(record.unshared?.length, 18);
    assert.deepEqual(record.unshared[0], {
      name: 'model.layers.1.input_layernorm.weight',
      layer: 1,
      module: 'input_layernorm',
      shapes: [null, [4]],
    });
    assert.match(unsharedTable(record), /│ q_proj +│ 1–2 +│ +2 │ none in a; \[4, 4\] in b +│ no +│/);
    assert.equal(
      tensorPosition(record, 'model.layers.2.mlp.up_proj.weight'),
      '"model.layers.2.mlp.up_proj.weight" is not compared: not all checkpoints have it in one shape.',
    );
  });

  it('of another vocabulary: the rows that both have', async () => {
    // Rows of four bfloat16; the last two are of tokens that only b has.
    const record = await compared({}, { config: { vocab_size: 10 }, fill: { [embedding]: 0x3f } });
    assert.deepEqual(notes(record), [
      '"$/a" and "$/b" differ in "vocab_size" (8 and 10): what they share is compared.',
    ]);
    const place = record.tensors.findIndex(({ name }) => name === embedding);
    assert.deepEqual([record.tensors[place]!.shape, record.tensors[place]!.elements], [[8, 4], 32]);
    // Both bytes 0x3f: bfloat16 0.74609375, in 32 elements.
    assert.equal(record.differences[0]![place]!.norm, 0.74609375 * Math.sqrt(32));
    assert.deepEqual(record.unshared, [
      {
        name: embedding,
        module: 'embed_tokens',
        shapes: [
          [8, 4],
          [10, 4],
        ],
        rows: 8,
      },
      {
        name: 'lm_head.weight',
        module: 'lm_head',
        shapes: [
          [8, 4],
          [10, 4],
        ],
        rows: 8,
      },
    ]);
    assert.match(unsharedTable(record), /│ embed_tokens │ – +│ +1 │ \[8, 4\] in a; \[10, 4\] in b │ tokens 0–7 │/);
    // A norm of some rows is none of the tensor.
    assert.ok(!recordNorms(record, 1).has(embedding));
    assert.ok(recordNorms(record, 1).has('model.norm.weight'));
    // As if the rows were not there.
    const cut = (await compared({}, { fill: { [embedding]: 0x3f } })).differences[0]!;
    assert.deepEqual(record.differences[0], cut);
  });

  it('of another vocabulary, the head tied on one side', async () => {
    const record = await compared(
      { config: { tie_word_embeddings: true }, fill: { [embedding]: 0x3f } },
      { config: { vocab_size: 6 }, fill: { 'lm_head.weight': 0x3f } },
    );
    const change = new Map(
      record.tensors.map(({ name, shape }, i) => [name, [shape, record.differences[0]![i]!.norm]]),
    );
    assert.deepEqual(change.get('lm_head.weight'), [[6, 4], 0]);
    assert.deepEqual(change.get(embedding), [[6, 4], 0.74609375 * Math.sqrt(24)]);
    assert.deepEqual(
      record.unshared!.map(({ name, shapes, rows }) => [name, shapes, rows]),
      [
        [
          embedding,
          [
            [8, 4],
            [6, 4],
          ],
          6,
        ],
        [
          'lm_head.weight',
          [
            [8, 4],
            [6, 4],
          ],
          6,
        ],
      ],
    );
  });

  it('of other inner sizes and another family: the tensors of the same shape', async () => {
    const record = await compared({}, { config: { model_type: 'qwen2', intermediate_size: 8, num_hidden_layers: 2 } });
    assert.deepEqual(notes(record), [
      '"$/a" and "$/b" differ in "model_type" ("llama" and "qwen2"), "num_hidden_layers" (1 and 2), "intermediate_size" (6 and 8) and the projections with a bias: what they share is compared.',
    ]);
    assert.deepEqual(
      record.tensors.map(({ module }) => module),
      [
        'embed_tokens',
        'input_layernorm',
        'q_proj',
        'k_proj',
        'v_proj',
        'o_proj',
        'post_attention_layernorm',
        'norm',
        'lm_head',
      ],
    );
    const table = unsharedTable(record);
    assert.match(table, /│ up_proj +│ 0 +│ +1 │ \[6, 4\] in a; \[8, 4\] in b +│ no +│/);
    assert.match(table, /│ q_proj.bias +│ 0–1 +│ +2 │ none in a; \[4\] in b +│ no +│/);
  });

  it('of three: what all of them share', async () => {
    const record = await compared(
      {},
      { config: { vocab_size: 10 } },
      { config: { vocab_size: 9, num_hidden_layers: 2 } },
    );
    assert.deepEqual(record.pairs.length, 3);
    assert.deepEqual(record.tensors[0]!.shape, [8, 4]);
    assert.deepEqual(record.unshared![0]!.shapes, [
      [8, 4],
      [10, 4],
      [9, 4],
    ]);
  });

  it('however each is run and whatever tokenizer it has', async () => {
    const other = { ...tinyTokenizer, model: { ...tinyTokenizer.model, vocab: { a: 0, b: 2, ab: 1 } } };
    const record = await compared(
      {},
      { config: { rope_theta: 300_000, rms_norm_eps: 0.001 }, tokenizer: other },
      { tokenizer: { model: 'none' } },
    );
    const said = notes(record).join('\n');
    assert.match(
      said,
      /"\$\/a" and "\$\/b" differ in "rms_norm_eps" .* and "rope_theta" .*: each is run with its own\./,
    );
    assert.match(said, /"\$\/a" and "\$\/b" differ in tokenizer\.json \(.*\): weights are compared all the same\./);
    assert.match(said, /"\$\/a" and "\$\/c" differ in tokenizer\.json \(.*\): weights are compared all the same\./);
    assert.equal(record.unshared, undefined);
    await rm(at('c/tokenizer.json'));
    const checkpoints = await Promise.all(['a', 'c'].map((name) => openCheckpoint(at(name))));
    assert.deepEqual((await checkComparable(checkpoints)).notes, []);
  });

  it('by the first tokenizer that one has, where the reference has none', async () => {
    const swapped = { ...tinyTokenizer, model: { ...tinyTokenizer.model, vocab: { a: 0, b: 2, ab: 1 } } };
    for (const name of ['a', 'b', 'c', 'd']) await writeTiny(at(name), name === 'c' ? { tokenizer: swapped } : {});
    await rm(at('a/tokenizer.json'));
    const checkpoints = await Promise.all(['a', 'b', 'c', 'd'].map((name) => openCheckpoint(at(name))));
    const { notes: said, otherTokenizers } = await checkComparable(checkpoints);
    assert.deepEqual(
      otherTokenizers.map((checkpoint) => checkpoint.folder),
      [at('c')],
    );
    assert.equal(said.length, 1);
    assert.match(
      said[0]!.replaceAll(folder, '$'),
      /^"\$\/b" and "\$\/c" differ in tokenizer\.json \(.*\): weights are compared all the same\.$/,
    );
  });

  it('or refused in the sentence that says what differs, where they share nothing', async () => {
    await writeTiny(at('a'));
    await writeTiny(at('wide'), { config: { hidden_size: 8, num_hidden_layers: 2 } });
    await refuses(
      ['a', 'wide'],
      '"$/a" and "$/wide" cannot be compared: they differ in "num_hidden_layers" (1 and 2), "hidden_size" (4 and 8) and "head_dim" (2 and 4).',
    );
  });

  it('and measured together only if an id means the same to all', async () => {
    const swapped = { ...tinyTokenizer, model: { ...tinyTokenizer.model, vocab: { a: 0, b: 2, ab: 1 } } };
    const checkpoints: Checkpoint[] = [];
    for (const [name, options] of Object.entries<TinyOptions>({
      a: {},
      small: { config: { vocab_size: 2 } },
      swapped: { tokenizer: swapped },
    })) {
      checkpoints.push(await openCheckpoint(await writeTiny(at(name), options)));
    }
    const [a, small, other] = checkpoints as [Checkpoint, Checkpoint, Checkpoint];
    const { signal } = new AbortController();
    const samples = (...ids: number[]) => [{ ids: Uint32Array.from(ids) }];
    const reason = async (...args: [number[], Checkpoint[], Checkpoint[]]) =>
      (await unmeasurable(samples(...args[0]), args[1], args[2], signal))?.replaceAll(folder, '$');
    assert.equal(await reason([0, 1], [a, small], []), undefined);
    assert.equal(await reason([0, 2], [a, small], []), 'the calibration has token 2, but "$/small" has 2 tokens only');
    assert.equal(await reason([0, 0], [a, other], [other]), undefined);
    assert.equal(
      await reason([0, 1], [a, other], [other]),
      'token 1 of the calibration is "b" in "$/a" but "ab" in "$/swapped"',
    );
  });

  it('and in records that say otherwise are refused', async () => {
    await compared({}, { config: { vocab_size: 10 } });
    const path = at('x.comparison.json');
    const text = await readFile(path, 'utf8');
    const tampered: readonly (readonly [string, string, RegExp])[] = [
      ['"rows":8', '"rows":9', /unshared\[0\] has other rows than its tensor/],
      [
        '"shapes":[[8,4],[10,4]],"rows":8',
        '"shapes":[[8,4]],"rows":8',
        /unshared\[0\] does not have one shape a checkpoint/,
      ],
      [
        '"shapes":[[8,4],[10,4]],"rows":8',
        '"shapes":[[8,4],[7,4]],"rows":8',
        /unshared\[0\] has more rows than a checkpoint/,
      ],
      [
        '"name":"lm_head.weight","module":"lm_head","shapes"',
        `"name":"${embedding}","module":"lm_head","shapes"`,
        /unshared\[1\] is there twice/,
      ],
    ];
    for (const [from, to, message] of tampered) {
      assert.ok(text.includes(from), from);
      await writeFile(path, text.replace(from, to));
      await assert.rejects(readComparison(path), message);
    }
  });
});
