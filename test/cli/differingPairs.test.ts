import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddingName } from '../../src/checkpoint/architecture/tensorNames.ts';
import { bfloat16ToFloat } from '../../src/checkpoint/safetensors/floats.ts';
import { readSafetensors } from '../../src/checkpoint/safetensors/safetensorsFile.ts';
import { readRecord } from '../../src/record/run/recordFile.ts';
import { checkpointFixtures } from '../paths.ts';
import { writeTensors } from '../writeTensors.ts';
import { rejuvenate } from './rejuvenate.ts';

const source = join(checkpointFixtures, 'tiny-qwen2-tied');
const calibration = join(checkpointFixtures, 'tiny-calibration.jsonl');

interface Tokenizer {
  added_tokens: { id: number; content: string }[];
  model: { vocab: Record<string, number> };
}

interface Side {
  /** Rows of the embedding; 320 of the fixture, more are its first ones again. */
  readonly rows?: number;
  /** Tokens added from id 320 on. */
  readonly added?: readonly string[];
  /** Ordinary tokens that change places. */
  readonly swapped?: readonly [string, string];
  readonly without?: boolean;
}

function tokenizerText(side: 'base' | 'sft', { added = [], swapped }: Side): string {
  const json = JSON.parse(readFileSync(join(source, side, 'tokenizer.json'), 'utf8')) as Tokenizer;
  added.forEach((content, i) => {
    json.added_tokens.push({ ...json.added_tokens[0]!, id: 320 + i, content });
  });
  const { vocab } = json.model;
  if (swapped !== undefined) [vocab[swapped[0]], vocab[swapped[1]]] = [vocab[swapped[1]]!, vocab[swapped[0]]!];
  return JSON.stringify(json);
}

/** The fixture's base or SFT with another vocabulary, as `resize_token_embeddings` and added tokens leave it. */
async function writeSide(folder: string, which: 'base' | 'sft', side: Side): Promise<void> {
  const { rows = 320, without = false } = side;
  mkdirSync(folder);
  const config = JSON.parse(readFileSync(join(source, which, 'config.json'), 'utf8'));
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, vocab_size: rows }));
  const tensors = await readSafetensors(join(source, which, 'model.safetensors'));
  const embedding = tensors.get(embeddingName)!;
  const rowBytes = embedding.data.length / 320;
  const grown = Buffer.concat([embedding.data, embedding.data]).subarray(0, rows * rowBytes);
  tensors.set(embeddingName, { ...embedding, shape: [rows, embedding.shape[1]!], data: grown });
  writeTensors(join(folder, 'model.safetensors'), tensors);
  if (!without) writeFileSync(join(folder, 'tokenizer.json'), tokenizerText(which, side));
}

async function embeddingOf(folder: string): Promise<Buffer> {
  return Buffer.from((await readSafetensors(join(folder, 'model.safetensors'))).get(embeddingName)!.data);
}

/** Row 320 of the embedding, widened. */
async function row320(folder: string): Promise<number[]> {
  const { dtype, shape, data } = (await readSafetensors(join(folder, 'model.safetensors'))).get(embeddingName)!;
  const [rows, width] = shape as [number, number];
  const row = Buffer.from(data).subarray((320 * data.length) / rows, (321 * data.length) / rows);
  assert.ok(dtype === 'F32' || dtype === 'BF16', dtype);
  return Array.from({ length: width }, (_, i) =>
    dtype === 'F32' ? row.readFloatLE(4 * i) : bfloat16ToFloat(row.readUInt16LE(2 * i)),
  );
}

describe('the command line, on pairs that differ', () => {
  let folder: string;
  const at = (path: string) => join(folder, path);
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'pairs-')));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function run(base: Side, sft: Side, more: readonly string[] = []) {
    await writeSide(at('base'), 'base', base);
    await writeSide(at('sft'), 'sft', sft);
    const { exitCode, stderr } = await rejuvenate([
      ...['run', '--base', at('base'), '--sft', at('sft'), '--calibration', calibration, '--out', at('out')],
      ...['--top-n', '2', '--device', 'cpu', ...more],
    ]);
    // What the calibration was taken for is the same for all.
    const said = stderr.split('\n').filter((line) => /^(note|error): /.test(line));
    const notes = said.filter((line) => !line.startsWith('note: "tiny-calibration.jsonl": '));
    return { exitCode, notes: notes.map((line) => line.replaceAll(folder, 'DIR')), stderr };
  }

  const kept =
    "rows of embedding and head are the SFT's, in the measured base too; --renamed-rows fuse (in VS Code, rejuvenation.renamedRows) fuses them.";

  const accepted: readonly (readonly [string, Side, Side, readonly string[]])[] = [
    [
      'a pad token added',
      {},
      { rows: 321, added: ['<|pad|>'] },
      [
        "note: The base lacks row 320 of embedding and head: it is completed with the SFT's.",
        'note: One token is in the SFT\'s tokenizer alone (320 "<|pad|>"): rows of embedding and head are the SFT\'s.',
      ],
    ],
    [
      'a padded vocabulary',
      {},
      { rows: 384 },
      ["note: The base lacks rows 320 to 383 of embedding and head: it is completed with the SFT's."],
    ],
    [
      'a padded base',
      { rows: 384 },
      {},
      ['note: Only the base has rows 320 to 383 of embedding and head: they are left out.'],
    ],
    [
      'tokens added inside the padding',
      { rows: 384 },
      { rows: 384, added: ['<think>', '</think>'] },
      [`note: 2 tokens are in the SFT's tokenizer alone (320 "<think>" and 321 "</think>"): ${kept}`],
    ],
    [
      'renamed tokens',
      { rows: 384, added: ['<|a|>', '<|b|>'] },
      { rows: 384, added: ['<|a|>', '<think>'] },
      [`note: One token is renamed in the SFT's tokenizer (321 "<|b|>" to "<think>"): ${kept}`],
    ],
    [
      'a base without a tokenizer',
      { without: true },
      {},
      ['note: The base has no tokenizer.json: its token ids are taken to mean what they mean to the SFT checkpoint.'],
    ],
    [
      'ordinary tokens that the calibration does not use',
      { swapped: ['Î', 'Ï'] },
      {},
      [`note: 2 tokens are renamed in the SFT's tokenizer (139 "Ï" to "Î" and 140 "Î" to "Ï"): ${kept}`],
    ],
  ];
  for (const [what, base, sft, notes] of accepted) {
    it(`takes ${what}, and says so`, async () => {
      const { exitCode, notes: said, stderr } = await run(base, sft);
      assert.equal(exitCode, 0, stderr);
      assert.deepEqual(
        said.filter((line) => !line.includes('Line ')),
        notes,
      );
    });
  }

  it('refuses ordinary tokens that the calibration uses and the base takes for others', async () => {
    const { exitCode, notes } = await run({ swapped: ['a', 'b'] }, {});
    assert.equal(exitCode, 2);
    assert.deepEqual(notes, [
      'error: The calibration uses 2 tokens that "DIR/base/tokenizer.json" and "DIR/sft/tokenizer.json" disagree on (65 is "b" to ' +
        'the base and "a" to the SFT and 66 is "a" to the base and "b" to the SFT): give the base that the SFT checkpoint was ' +
        'trained from, or with --tokenizer FILE the tokenizer that it was trained with.',
    ]);
  });

  it('asks for a tokenizer where the SFT has none, and takes another one', async () => {
    const { exitCode, notes } = await run({}, { without: true });
    assert.equal(exitCode, 2);
    assert.match(notes.join(), /^error: "DIR\/sft" lacks tokenizer\.json; .* or name another with --tokenizer FILE\.$/);
    copyFileSync(join(source, 'sft', 'tokenizer.json'), at('other.json'));
    const again = await rejuvenate([
      ...['run', '--base', at('base'), '--sft', at('sft'), '--calibration', calibration, '--out', at('out')],
      ...['--device', 'cpu', '--tokenizer', at('other.json')],
    ]);
    assert.equal(again.exitCode, 0, again.stderr);
    const { record } = await readRecord(at('out.rejuvenation.json'));
    assert.equal(record.inputs.tokenizer?.name, at('other.json'));
    assert.match(record.inputs.tokenizer?.sha256 ?? '', /^[0-9a-f]{64}$/);
    const verified = await rejuvenate(['verify', at('out.rejuvenation.json'), at('out'), '--device', 'cpu', '--save']);
    assert.equal(verified.exitCode, 0, verified.stderr);
  });

  it('lists in record and manifest what was completed, and measures the base so again', async () => {
    const base = { rows: 330, added: ['<|a|>', '<|b|>'] };
    const { exitCode, stderr } = await run(base, { rows: 336, added: ['<|a|>', '<think>', '<x>'] }, [
      '--alpha',
      '0.25',
    ]);
    assert.equal(exitCode, 0, stderr);
    const vocabulary = {
      ...{ baseRows: 330, sftRows: 336, addedRows: 6, droppedRows: 0 },
      kept: [
        { id: 321, base: '<|b|>', sft: '<think>' },
        { id: 322, base: null, sft: '<x>' },
      ],
    };
    const { record } = await readRecord(at('out.rejuvenation.json'));
    assert.deepEqual(record.vocabulary, vocabulary);
    assert.equal(record.settings.renamedRows, 'keep');
    const manifest = JSON.parse(readFileSync(at('out/rejuvenation.json'), 'utf8'));
    assert.deepEqual(manifest.vocabulary, vocabulary);

    const [made, sft, own] = [
      await embeddingOf(at('out')),
      await embeddingOf(at('sft')),
      await embeddingOf(at('base')),
    ];
    const rowBytes = made.length / 336;
    const row = (matrix: Buffer, index: number) => matrix.subarray(index * rowBytes, (index + 1) * rowBytes);
    assert.equal(made.length, sft.length);
    for (const index of [321, 322, 330, 335]) assert.ok(row(made, index).equals(row(sft, index)), `row ${index}`);
    for (const index of [319, 320, 323, 329]) {
      assert.ok(!row(made, index).equals(row(sft, index)) && !row(made, index).equals(row(own, index)), `row ${index}`);
    }

    const verify = ['verify', at('out.rejuvenation.json'), at('base'), '--device', 'cpu', '--json'];
    const { exitCode: code, stdout, stderr: said } = await rejuvenate(verify);
    assert.equal(code, 0, said);
    const measured = JSON.parse(stdout).measurements.at(-1);
    assert.equal(measured.name, 'base');
    assert.deepEqual(measured.all, record.measurements[0]!.all);

    const commit = ['commit', at('out.rejuvenation.json'), '--out', at('wide'), '--dtype', 'f32'];
    const { exitCode: committed, stderr: told } = await rejuvenate(commit);
    assert.equal(committed, 0, told);
    const wide = (await readSafetensors(at('wide/model.safetensors'))).get(embeddingName)!;
    assert.deepEqual([wide.dtype, wide.shape[0]], ['F32', 336]);
    const now = (await readRecord(at('out.rejuvenation.json'))).record.checkpoints;
    assert.deepEqual(
      now.map(({ dtype }) => dtype),
      [undefined, 'f32'],
    );
    assert.equal(JSON.parse(readFileSync(at('wide/rejuvenation.json'), 'utf8')).dtype, 'f32');
  });

  it('fuses renamed rows where it is told to', async () => {
    const rows = 384;
    const { exitCode, notes, stderr } = await run({ rows, added: ['<|a|>'] }, { rows, added: ['<think>'] }, [
      ...['--renamed-rows', 'fuse', '--alpha', '0', '--dtype', 'f32'],
    ]);
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(
      notes.filter((line) => !line.includes('Line ')),
      [
        'note: One token is renamed in the SFT\'s tokenizer (320 "<|a|>" to "<think>"): rows of embedding and head are fused, as --renamed-rows fuse says.',
      ],
    );
    const { record } = await readRecord(at('out.rejuvenation.json'));
    assert.equal(record.vocabulary, undefined);
    assert.equal(record.settings.renamedRows, 'fuse');

    // At alpha 0 a fused row is the base's; a kept one would be the SFT's.
    const [made, own, tuned] = [await row320(at('out')), await row320(at('base')), await row320(at('sft'))];
    assert.ok(made.length > 0 && made.every(Number.isFinite));
    assert.deepEqual(made, own);
    assert.notDeepEqual(made, tuned);
  });
});
