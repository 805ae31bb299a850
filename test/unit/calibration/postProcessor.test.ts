import assert from 'node:assert/strict';
import { specialIdsOf } from '../../../src/calibration/tokenizer/postProcessor.ts';
import { tokenizerFault } from '../../../src/calibration/tokenizer/tokenizerFault.ts';

const read = (value: unknown) => specialIdsOf(value, tokenizerFault('tokenizer.json'));
const text = { Sequence: { id: 'A', type_id: 0 } };
const special = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
const template = (...single: readonly unknown[]) => ({
  type: 'TemplateProcessing',
  single,
  special_tokens: {
    '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] },
    '</s>': { id: '</s>', ids: [2, 3], tokens: ['<', '/s>'] },
  },
});
const roberta = { type: 'RobertaProcessing', sep: ['</s>', 2], cls: ['<s>', 0], trim_offsets: true };

describe('special tokens of a post-processor', () => {
  const rows: readonly (readonly [
    name: string,
    value: unknown,
    before: readonly number[],
    after: readonly number[],
  ])[] = [
    ['none at all', null, [], []],
    ['none of the byte level', { type: 'ByteLevel', trim_offsets: true }, [], []],
    ['before a text', template(special('<s>'), text), [1], []],
    [
      'around a text, several of one name',
      template(special('<s>'), special('<s>'), text, special('</s>')),
      [1, 1],
      [2, 3],
    ],
    ['of RoBERTa', roberta, [0], [2]],
    ['of BERT', { type: 'BertProcessing', sep: ['[SEP]', 102], cls: ['[CLS]', 101] }, [101], [102]],
    [
      'of a sequence, the later ones outside',
      { type: 'Sequence', processors: [{ type: 'ByteLevel' }, template(special('<s>'), text), roberta] },
      [0, 1],
      [2],
    ],
  ];
  for (const [name, value, before, after] of rows) {
    it(name, () => assert.deepEqual(read(value), { before, after }));
  }

  const bad: readonly (readonly [name: string, value: unknown, message: RegExp])[] = [
    [
      'another kind',
      { type: 'Other' },
      /its post-processor "Other" is not supported; --special-tokens none leaves it out/,
    ],
    ['no object', 7, /its "post_processor" is not understood/],
    ['a token that its table has not', template(special('toString'), text), /TemplateProcessing.*not understood/],
    ['a second text', template(text, text), /TemplateProcessing.*not understood/],
    ['no text', template(special('<s>')), /leaves the text out/],
    ['no list', { type: 'TemplateProcessing', single: 'A' }, /has no list "single"/],
    ['ids that are none', { type: 'BertProcessing', sep: ['x', -1], cls: ['y', 0] }, /has no ids for "cls" and "sep"/],
    [
      'sequences without end',
      Array.from({ length: 50 }).reduce((inner) => ({ type: 'Sequence', processors: [inner] }), null as unknown),
      /is not understood/,
    ],
  ];
  for (const [name, value, message] of bad) it(`refuses ${name}`, () => assert.throws(() => read(value), message));
});
