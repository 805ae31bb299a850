import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTokenizer } from '../../../src/calibration/tokenizer/tokenizer.ts';
import { InputError } from '../../../src/errors.ts';
import { fixtures } from '../../paths.ts';

interface Decoding {
  readonly tokenizer: string;
  readonly decoder?: { readonly type: string };
  readonly rows: readonly (readonly [ids: readonly number[], text: string])[];
}

const goldens = JSON.parse(readFileSync(join(fixtures, 'sampling', 'decodings.json'), 'utf8')) as Decoding[];
const pathOf = (name: string) => join(fixtures, 'tokenizers', `${name}.tokenizer.json`);

describe('decoding tokens', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'decoders-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  function withDecoder(name: string, decoder: unknown) {
    const path = join(folder, 'tokenizer.json');
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(pathOf(name), 'utf8')), decoder }));
    return readTokenizer(path);
  }

  it('has goldens', () => assert.equal(goldens.length, 20));

  for (const [i, { tokenizer: name, decoder, rows }] of goldens.entries()) {
    it(`${i} ${name}, ${decoder?.type ?? 'its own decoder'}: as the tokenizers library`, async () => {
      const tokenizer = decoder === undefined ? await readTokenizer(pathOf(name)) : await withDecoder(name, decoder);
      for (const [ids, text] of rows) assert.equal(tokenizer.decode(ids), text, JSON.stringify(ids));
    });
  }

  const nested = Array(100)
    .fill(0)
    .reduce((inner: unknown) => ({ type: 'Sequence', decoders: [inner] }), {
      type: 'Fuse',
    });
  for (const [what, decoder] of [
    ['of no kind', {}],
    ['that is not known', { type: 'CTC' }],
    ['that is a text', 'ByteLevel'],
    ['without its list', { type: 'Sequence' }],
    ['with a negative count', { type: 'Strip', content: ' ', start: -1, stop: 0 }],
    ['without a pattern', { type: 'Replace', content: ' ' }],
    ['with a broken pattern', { type: 'Replace', pattern: { Regex: '(' }, content: ' ' }],
    ['nested without end', nested],
  ] as const) {
    it(`refuses a decoder ${what} when it is used, not before`, async () => {
      await assert.rejects(
        async () => {
          const tokenizer = await withDecoder('qwen2', decoder);
          assert.ok(tokenizer.encode('a').length > 0);
          tokenizer.decode([5, 6]);
        },
        (error) => error instanceof InputError && /tokenizer\.json" (cannot be used|is)/.test(error.message),
      );
    });
  }
});
