import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  checkUsedTokens,
  compareTokenizers,
  otherTokenNotes,
} from '../../../../src/checkpoint/tokenizer/otherTokens.ts';
import { tokenTable } from '../../../../src/checkpoint/tokenizer/tokenTable.ts';
import { InputError } from '../../../../src/errors.ts';
import { tinyTokenizer } from '../tinyCheckpoint.ts';

const { model } = tinyTokenizer;
const added = (id: number, content: string) => ({ ...tinyTokenizer.added_tokens[0]!, id, content });

describe('tokens that are other ones to the SFT', () => {
  let folder: string;
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'tokens-')));
  });
  after(() => rmSync(folder, { recursive: true }));

  const compare = (base: object | undefined, sft: object) => {
    const write = (name: string, value: object) => {
      writeFileSync(join(folder, name), JSON.stringify(value));
      return join(folder, name);
    };
    return compareTokenizers(base && write('base.json', base), write('sft.json', sft));
  };
  const named = (texts: readonly string[]) => texts.map((text) => text.replaceAll(folder, 'DIR'));

  it('are none where files differ in what changes no id', async () => {
    const sft = {
      ...tinyTokenizer,
      version: '2.0',
      truncation: { max_length: 8 },
      padding: { length: 8 },
      post_processor: { type: 'ByteLevel' },
      model: { ...model, vocab: { ab: 2, b: 1, a: 0 }, merges: ['a b'] },
    };
    assert.deepEqual(await compare(tinyTokenizer, sft), { others: [], notes: [] });
  });

  it('are none where every byte is a token and only what stands for the unknown differs', async () => {
    const bytes = Array.from({ length: 256 }, (_, byte) => [
      `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
      byte + 3,
    ]);
    const vocab = { '<unk>': 0, a: 1, b: 2, ...Object.fromEntries(bytes) };
    const of = (fields: object) => ({
      ...tinyTokenizer,
      model: { ...model, vocab, merges: [], byte_fallback: true, ...fields },
    });
    assert.deepEqual((await compare(of({ unk_token: '<unk>' }), of({ unk_token: null }))).notes, []);
    const { '<0x7F>': _, ...lacking } = vocab as Record<string, number>;
    const { notes } = await compare(
      of({ unk_token: '<unk>', vocab: lacking }),
      of({ unk_token: null, vocab: lacking }),
    );
    assert.match(notes.join(), /differ in the settings of the model, first at "unk_token"/);
  });

  it('are found by id, whichever part of the file lists them, added ones before others', async () => {
    const base = { ...tinyTokenizer, added_tokens: [added(3, '<s>'), added(5, '<room>')] };
    const sft = {
      ...tinyTokenizer,
      model: { ...model, vocab: { ...model.vocab, b: 4, c: 1 } },
      added_tokens: [added(3, '<bos>'), added(5, '<room>'), added(6, '<pad>')],
    };
    const { others } = await compare(base, sft);
    assert.deepEqual(others, [
      { id: 1, base: 'b', sft: 'c', added: false },
      { id: 3, base: '<s>', sft: '<bos>', added: true },
      { id: 4, base: undefined, sft: 'b', added: false },
      { id: 6, base: undefined, sft: '<pad>', added: true },
    ]);
  });

  it('are found in Unigram vocabularies, whose places are the ids', () => {
    const json = { model: { type: 'Unigram', vocab: [['<unk>', 0], ['▁a', -1.5], 'damaged'] } };
    assert.deepEqual(
      [...tokenTable(json, 'x').tokens],
      [
        [0, '<unk>'],
        [1, '▁a'],
      ],
    );
  });

  it('of a base without a tokenizer are none, which is said', async () => {
    assert.deepEqual(await compare(undefined, tinyTokenizer), {
      others: [],
      notes: ['The base has no tokenizer.json: its token ids are taken to mean what they mean to the SFT checkpoint.'],
    });
  });

  it('are not looked for where the files are the same', async () => {
    assert.deepEqual(await compare(tinyTokenizer, tinyTokenizer), { others: [], notes: [] });
  });

  it('say what else differs in cutting a text', async () => {
    const { others, notes } = await compare(tinyTokenizer, { ...tinyTokenizer, normalizer: null });
    assert.deepEqual(others, []);
    assert.deepEqual(named(notes), [
      '"DIR/base.json" and "DIR/sft.json" differ in "normalizer", first at "type": the calibration is tokenised with the latter, the SFT\'s.',
    ]);
  });

  it('are named, the first five, with what becomes of their rows', () => {
    const renamed = [1, 2, 3, 4, 5, 6, 7].map((id) => ({ id, base: `<r${id}>`, sft: `<t${id}>`, added: true }));
    const pad = { id: 9, base: undefined, sft: '<pad>\u202e', added: true };
    assert.deepEqual(otherTokenNotes({ others: [...renamed, pad], notes: [] }, false, 9), [
      '7 tokens are renamed in the SFT\'s tokenizer (1 "<r1>" to "<t1>", 2 "<r2>" to "<t2>", 3 "<r3>" to "<t3>", ' +
        '4 "<r4>" to "<t4>", 5 "<r5>" to "<t5>" and 2 more): rows of embedding and head are the SFT\'s, in the measured base ' +
        'too; --renamed-rows fuse (in VS Code, rejuvenation.renamedRows) fuses them.',
      'One token is in the SFT\'s tokenizer alone (9 "<pad>\\u{202e}"): rows of embedding and head are the SFT\'s.',
    ]);
    assert.deepEqual(otherTokenNotes({ others: renamed.slice(0, 1), notes: [] }, true, 9), [
      'One token is renamed in the SFT\'s tokenizer (1 "<r1>" to "<t1>"): rows of embedding and head are fused, as --renamed-rows fuse says.',
    ]);
  });

  describe('that the calibration uses', () => {
    const paths = { base: 'BASE', sft: 'SFT' };
    const others = [1, 2, 3, 4, 5, 6].map((id) => ({ id, base: `b${id}`, sft: `s${id}`, added: false }));

    it('are refused where they are ordinary ones, the first five by name', () => {
      assert.throws(
        () => checkUsedTokens({ others, notes: [] }, new Set([1, 2, 3, 4, 5, 6, 7]), paths),
        (error) => {
          assert.ok(error instanceof InputError);
          assert.equal(
            error.message,
            'The calibration uses 6 tokens that "BASE" and "SFT" disagree on (1 is "b1" to the base and "s1" to the SFT, ' +
              '2 is "b2" to the base and "s2" to the SFT, 3 is "b3" to the base and "s3" to the SFT, 4 is "b4" to the base and ' +
              '"s4" to the SFT, 5 is "b5" to the base and "s5" to the SFT and 1 more): give the base that the SFT checkpoint was ' +
              'trained from, or with --tokenizer FILE the tokenizer that it was trained with.',
          );
          return true;
        },
      );
    });

    it('may be other ones where they were added, or the base has none; others may where they are not used', () => {
      const mixed = [
        { id: 1, base: 'b1', sft: 's1', added: true },
        { id: 2, base: undefined, sft: 's2', added: false },
        { id: 3, base: 'b3', sft: 's3', added: false },
      ];
      checkUsedTokens({ others: mixed, notes: [] }, new Set([0, 1, 2]), paths);
    });
  });
});
