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
  model('a model of another kind', { type: 'Ngram' }, 'its model "Ngram" is not supported'),
  model(
    'dropout',
    { dropout: 0.1 },
    'its model has the option "dropout", which gives other tokens each time and is not supported',
  ),
  model(
    'a suffix that is no text',
    { end_of_word_suffix: 7 },
    'its model has the end_of_word_suffix 7, which is not a text',
  ),
  model('Unigram without pieces', { type: 'Unigram' }, 'its model lacks the list "vocab"'),
  model(
    'Unigram with a piece without score',
    { type: 'Unigram', vocab: [['a']] },
    'its vocabulary holds ["a"], which is not a token with its score',
  ),
  model(
    'Unigram with an unknown token beyond its own',
    { type: 'Unigram', vocab: [['a', 0]], unk_id: 1 },
    'its model has the unk_id 1, which is no token of it',
  ),
  model(
    'WordPiece with a length that is none',
    { type: 'WordPiece', max_input_chars_per_word: '9' },
    'its model has the max_input_chars_per_word "9", which is not a number',
  ),
  model('no vocabulary', { vocab: null }, 'its model lacks the object "vocab"'),
  model(
    'an id that is none',
    { vocab: { ...vocab, a: -1 } },
    'its vocabulary gives "a" the id -1, which is no token id',
  ),
  model('an id as text', { vocab: { ...vocab, a: '7' } }, 'its vocabulary gives "a" the id "7", which is no token id'),
  model(
    'an id beyond what any vocabulary has',
    { vocab: { ...vocab, a: 2 ** 31 } },
    'its vocabulary gives "a" the id 2147483648, which is no token id',
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
    'added tokens that become one text',
    {
      normalizer: { type: 'Lowercase' },
      added_tokens: ['<X>', '<x>'].map((content, i) => ({ id: size + i, content, normalized: true })),
    },
    'its normalizer makes the added tokens "<X>" and "<x>" the same text, of which the tokenizers library takes one or ' +
      'the other by chance',
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
  parts('a normalizer of its own', { normalizer: { type: 'Cyrillic' } }, 'its normalizer "Cyrillic" is not supported'),
  parts(
    'a normalizer inside another',
    { normalizer: { type: 'Sequence', normalizers: [{ type: 'Precompiled' }] } },
    'its normalizer "Precompiled" lacks the text "precompiled_charsmap"',
  ),
  ...['', 'AAAA', 'BAAAAA==', '/////wAAAAA='].map((precompiled_charsmap) =>
    parts(
      `SentencePiece's rules cut off: "${precompiled_charsmap}"`,
      { normalizer: { type: 'Precompiled', precompiled_charsmap } },
      'the rules of its normalizer "Precompiled" are malformed',
    ),
  ),
  parts(
    'Strip that does not say where',
    { normalizer: { type: 'Strip' } },
    'its normalizer "Strip" lacks the boolean "strip_left"',
  ),
  parts(
    'an empty normalizer sequence',
    { normalizer: { type: 'Sequence' } },
    'its normalizer "Sequence" lacks the list "normalizers"',
  ),
  parts(
    'replacing nothing',
    { normalizer: { type: 'Replace', pattern: {}, content: ' ' } },
    'its normalizer "Replace" lacks a "pattern" ("String" or "Regex") or the text "content"',
  ),
  parts('prepending nothing', { normalizer: { type: 'Prepend' } }, 'its normalizer "Prepend" lacks the text "prepend"'),
  parts('a pre-tokenizer of another kind', { pre_tokenizer: [] }, 'its "pre_tokenizer" is not an object'),
  parts(
    'splitting by scripts',
    { pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'UnicodeScripts' }, bytes] } },
    'its pre-tokenizer "UnicodeScripts" is not supported',
  ),
  parts(
    'an empty pre-tokenizer sequence',
    { pre_tokenizer: { type: 'Sequence' } },
    'its pre-tokenizer "Sequence" lacks the list "pretokenizers"',
  ),
  parts(
    'Metaspace that contradicts itself',
    { pre_tokenizer: { type: 'Metaspace', prepend_scheme: 'first', add_prefix_space: false } },
    'its pre-tokenizer "Metaspace" has prepend_scheme "first" with add_prefix_space false, which do not go together',
    'llama2',
  ),
  parts(
    'Metaspace with a word',
    { pre_tokenizer: { type: 'Metaspace', replacement: 'ab' } },
    'its pre-tokenizer "Metaspace" has the replacement "ab", which is not one character',
    'llama2',
  ),
  parts(
    'a behavior that there is not',
    { pre_tokenizer: { type: 'Split', pattern: { String: ' ' }, behavior: 'isolated', invert: false } },
    'its pre-tokenizer "Split" has the behavior "isolated", which is not supported',
    'llama2',
  ),
  parts(
    'no pattern',
    { pre_tokenizer: { type: 'Split', behavior: 'Isolated' } },
    'a pattern in it is neither a "String" nor a "Regex"',
    'llama2',
  ),
  ...(
    [
      ['backreferences', '(a)\\1', '\\1'],
      ['calls', '(?<x>a)\\g<x>', '\\g<x>'],
      ['conditions', 'a(?(1)b|c)', '(?(1)b|c)'],
      ['absent operators', 'a(?~b)', '(?~b)'],
      ['comments', 'a(?#b)', '(?#b)'],
      ['extended syntax', '(?x)a', '(?x)a'],
      ['line ends', 'a\\R', '\\R'],
      ['keeping', 'a\\Kb', '\\Kb'],
      ['properties of another kind', 'a\\p{Emoji}', '\\p{Emoji}'],
      ['POSIX classes by another definition', 'a[[:alpha:]]', '[:alpha:]]'],
      ['a bracket first in a class', 'a[]b]', '[]b]'],
      ['a range backwards', '[z-a]', 'z-a]'],
      ['a class that does not end', 'a[b', '[b'],
      ['a group that does not end', 'b(a', '(a'],
      ['a group that does not begin', 'a)b', ')b'],
      ['nothing repeated', '*a', '*a'],
      ['an anchor repeated', 'a^*', '^*'],
      ['quantifiers of quantifiers', 'a+*', '+*'],
      ['repeating what may match nothing', 'a(?:b*)+', '+'],
      ['atomic groups behind', '(?<=(?>a))b', '(?>a))b'],
      ['letters beyond ASCII without case', '(?i:é)', 'é)'],
      ['pairs of letters that fold to one without case', '(?i:mass)', 's)'],
      ['a negated class around nothing', '[^a&&b]', '[^a&&b]'],
    ] as const
  ).map(([what, regex, from]) =>
    pattern(what, regex, `its regular expression is not supported from ${JSON.stringify(from)} on`),
  ),
  pattern('an escape of nothing', 'a\\', 'its regular expression is not supported from "\\\\" on'),
  pattern('a hundred groups', '('.repeat(101), 'its regular expression is not supported from "(" on'),
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

  it('when a text has no token: the unknown token is not there', async () => {
    const named = { ...(good('gaps')['model'] as Json), unk_token: '<none>' };
    writeFileSync(path, JSON.stringify({ ...good('gaps'), model: named }));
    const tokenizer = await readTokenizer(path);
    assert.deepEqual(
      tokenizer.encode('the'),
      (await readTokenizer(join(fixtures, 'tokenizers', 'gaps.tokenizer.json'))).encode('the'),
    );
    assert.throws(
      () => tokenizer.encode('\u6c49'),
      (error: unknown) => {
        assert.ok(error instanceof InputError);
        assert.equal(
          error.message,
          `"${path}" cannot be used: a text has characters without a token, and its vocabulary lacks the unk_token "<none>".`,
        );
        return true;
      },
    );
    const unigram = { type: 'Unigram', vocab: [['a', -1]] };
    writeFileSync(
      path,
      JSON.stringify({ ...good('t5'), added_tokens: [], normalizer: null, pre_tokenizer: null, model: unigram }),
    );
    const pieces = await readTokenizer(path);
    assert.deepEqual(pieces.encode('aa'), [0, 0]);
    assert.throws(() => pieces.encode('ab'), /characters without a token, and its model has no unk_id/);
  });
});
