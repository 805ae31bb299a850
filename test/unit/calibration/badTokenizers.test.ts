import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTokenizer } from '../../../src/calibration/tokenizer/tokenizer.ts';
import { InputError } from '../../../src/errors.ts';
import { fixtures } from '../../paths.ts';

type Json = Record<string, unknown>;

const good = (name: string): Json =>
  JSON.parse(readFileSync(join(fixtures, 'tokenizers', `${name}.tokenizer.json`), 'utf8'));

interface BadTokenizer {
  readonly what: string;
  readonly content: string;
  readonly message: string;
}

function text(what: string, content: string, message: string): BadTokenizer {
  return { what, content, message };
}

/** A good tokenizer with some parts replaced. */
function parts(what: string, replaced: Json, message: string, name = 'qwen2'): BadTokenizer {
  return text(what, JSON.stringify({ ...good(name), ...replaced }), `"FILE" cannot be used: ${message}.`);
}

/** A good tokenizer with fields of its model replaced. */
function model(what: string, replaced: Json, message: string, name = 'qwen2'): BadTokenizer {
  return parts(what, { model: { ...(good(name)['model'] as Json), ...replaced } }, message, name);
}

const vocab = (good('qwen2')['model'] as Json)['vocab'] as Record<string, number>;
const merges = (good('qwen2')['model'] as Json)['merges'] as unknown[];
const { a: _a, ...withoutA } = vocab;
const size = Object.keys(vocab).length;
const bytes = { type: 'ByteLevel', add_prefix_space: false, use_regex: false };
const added = (token: Json) => ({ added_tokens: [{ id: size, content: '<x>', special: true, ...token }] });

/** A byte-level tokenizer that splits by a pattern. */
function pattern(what: string, regex: string, message: string): BadTokenizer {
  const split = { type: 'Split', pattern: { Regex: regex }, behavior: 'Isolated', invert: false };
  return parts(what, { pre_tokenizer: { type: 'Sequence', pretokenizers: [split, bytes] } }, message);
}

const bad: readonly BadTokenizer[] = [
  text('no JSON', '{"model":', '"FILE" is not valid JSON; download or copy it again.'),
  text('a list', '[]', '"FILE" cannot be used: it is not a JSON object.'),
  text('an empty object', '{}', '"FILE" cannot be used: it lacks the object "model".'),
  model('Unigram', { type: 'Unigram' }, 'its model is "Unigram", and only "BPE" is supported'),
  model('dropout', { dropout: 0.1 }, 'its model has the option "dropout", which is not supported'),
  model(
    'a suffix at the end of words',
    { end_of_word_suffix: '</w>' },
    'its model has the option "end_of_word_suffix", which is not supported',
  ),
  model('no vocabulary', { vocab: null }, 'its model lacks the object "vocab"'),
  model(
    'an id that is none',
    { vocab: { ...vocab, a: -1 } },
    'its vocabulary gives "a" the id -1, which is no token id',
  ),
  model('an id as text', { vocab: { ...vocab, a: '7' } }, 'its vocabulary gives "a" the id "7", which is no token id'),
  model('a missing byte', { vocab: withoutA, merges: [] }, 'its vocabulary lacks the byte token "a"'),
  model(
    'characters only',
    { byte_fallback: false },
    'it is neither byte-level nor has byte fallback, so some text would have no tokens',
    'llama2',
  ),
  model('no merges', { merges: undefined }, 'its model lacks the list "merges"'),
  model('a merge of three', { merges: ['a b c'] }, 'its merge "a b c" is not a pair of tokens'),
  model('a merge of numbers', { merges: [[1, 2]] }, 'its merge [1,2] is not a pair of tokens'),
  model(
    'a merge into nothing',
    { merges: [...merges, ['q', 'Z']] },
    'its merge ["q","Z"] needs the token "qZ", which is missing',
  ),
  parts('added tokens of another kind', { added_tokens: {} }, 'its "added_tokens" is not a list'),
  parts('an added token of another kind', { added_tokens: ['<x>'] }, 'its "added_tokens" holds what is not an object'),
  parts('an added token without text', { added_tokens: [{ id: size }] }, 'an added token has no "content"'),
  parts(
    'an added token that takes white space along',
    added({ lstrip: true }),
    'its added token "<x>" has the option "lstrip", which is not supported',
  ),
  parts(
    'an added token that must be a word',
    added({ single_word: true }),
    'its added token "<x>" has the option "single_word", which is not supported',
  ),
  parts(
    'an added token beyond a gap',
    added({ id: 1000 }),
    `it gives the added token "<x>" the id 1000, where the tokenizers library would number it ${size}`,
  ),
  parts(
    'an added token that the model numbers otherwise',
    added({ content: 'a' }),
    `it gives the added token "a" the id ${size}, where the tokenizers library would number it ${vocab['a']}`,
  ),
  parts('a normalizer of another kind', { normalizer: 'NFC' }, 'its "normalizer" is not an object'),
  parts('lower case', { normalizer: { type: 'Lowercase' } }, 'its normalizer "Lowercase" is not supported'),
  parts(
    'a normalizer inside another',
    { normalizer: { type: 'Sequence', normalizers: [{ type: 'Precompiled' }] } },
    'its normalizer "Precompiled" is not supported',
  ),
  parts(
    'an empty normalizer sequence',
    { normalizer: { type: 'Sequence' } },
    'its normalizer "Sequence" lacks the list "normalizers"',
  ),
  parts(
    'replacing by pattern',
    { normalizer: { type: 'Replace', pattern: { Regex: ' +' }, content: ' ' } },
    'its normalizer "Replace" does not replace a text with a text, and nothing else is supported',
  ),
  parts('prepending nothing', { normalizer: { type: 'Prepend' } }, 'its normalizer "Prepend" lacks the text "prepend"'),
  parts('a pre-tokenizer of another kind', { pre_tokenizer: [] }, 'its "pre_tokenizer" is not an object'),
  parts(
    'splitting by words',
    { pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Whitespace' }, bytes] } },
    'its pre-tokenizer "Whitespace" is not supported',
  ),
  parts(
    'an empty pre-tokenizer sequence',
    { pre_tokenizer: { type: 'Sequence' } },
    'its pre-tokenizer "Sequence" lacks the list "pretokenizers"',
  ),
  parts(
    'bytes before a split',
    { pre_tokenizer: { type: 'Sequence', pretokenizers: [bytes, { type: 'Digits' }] } },
    'its pre-tokenizer "ByteLevel" is not the last of them',
  ),
  parts(
    'Metaspace after a split',
    { pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Digits' }, { type: 'Metaspace' }] } },
    'its pre-tokenizer "Metaspace" is not the first of them',
    'llama2',
  ),
  parts(
    'Metaspace that contradicts itself',
    { pre_tokenizer: { type: 'Metaspace', prepend_scheme: 'first', add_prefix_space: false } },
    'its pre-tokenizer "Metaspace" has prepend_scheme "first" with add_prefix_space false, which do not go together',
    'llama2',
  ),
  parts(
    'Metaspace with a letter',
    { pre_tokenizer: { type: 'Metaspace', replacement: 'a' } },
    'its pre-tokenizer "Metaspace" has the replacement "a", which is not supported',
    'llama2',
  ),
  parts(
    'Metaspace at the start, and normalised tokens',
    { pre_tokenizer: { type: 'Metaspace', prepend_scheme: 'first' } },
    'its pre-tokenizer "Metaspace" with prepend_scheme "first" and normalised added tokens do not go together',
    'llama1',
  ),
  parts(
    'matches merged with what follows',
    { pre_tokenizer: { type: 'Split', pattern: { String: ' ' }, behavior: 'MergedWithNext', invert: false } },
    'its pre-tokenizer "Split" has the behavior "MergedWithNext" with invert false, which is not supported',
    'llama2',
  ),
  parts(
    'matches removed',
    { pre_tokenizer: { type: 'Split', pattern: { String: ' ' }, behavior: 'Removed', invert: false } },
    'its pre-tokenizer "Split" has the behavior "Removed" with invert false, which is not supported',
    'llama2',
  ),
  parts(
    'no pattern',
    { pre_tokenizer: { type: 'Split', behavior: 'Isolated' } },
    'a pattern in it is neither a "String" nor a "Regex"',
    'llama2',
  ),
  pattern('possessive quantifiers', 'a|\\p{L}++', 'its regular expression is not supported from "++" on'),
  pattern('atomic groups', 'a(?>b|c)', 'its regular expression is not supported from "(?>b|c)" on'),
  pattern('flags', '(?i)a', 'its regular expression is not supported from "(?i)a" on'),
  pattern('backreferences', '(a)\\1', 'its regular expression is not supported from "\\\\1" on'),
  pattern('intersections', '[a-z&&[aeiou]]', 'its regular expression is not supported from "[a-z&&[aeiou]]" on'),
  pattern('POSIX classes', '[[:alpha:]]', 'its regular expression is not supported from "[[:alpha:]]" on'),
  pattern(
    'case folding beyond ASCII',
    '(?i:é)',
    'its regular expression ignores the case of letters beyond ASCII, which is not supported',
  ),
];

describe('bad tokenizers are refused with a sentence', () => {
  let path: string;
  before(() => {
    path = join(mkdtempSync(join(tmpdir(), 'tokenizer-')), 'tokenizer.json');
  });
  after(() => rmSync(join(path, '..'), { recursive: true }));

  for (const { what, content, message } of bad) {
    it(what, async () => {
      writeFileSync(path, content);
      await assert.rejects(readTokenizer(path), (error: unknown) => {
        assert.ok(error instanceof InputError);
        assert.equal(error.message.replace(path, 'FILE'), message);
        return true;
      });
    });
  }

  it('what JavaScript cannot compile', async () => {
    const split = { type: 'Split', pattern: { Regex: '(a' }, behavior: 'Isolated', invert: false };
    writeFileSync(path, JSON.stringify({ ...good('llama2'), pre_tokenizer: split }));
    await assert.rejects(readTokenizer(path), (error: unknown) => {
      assert.ok(error instanceof InputError);
      assert.ok(error.message.startsWith(`"${path}" cannot be used: Invalid regular expression`), error.message);
      return true;
    });
  });
});
