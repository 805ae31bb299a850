import assert from 'node:assert/strict';
import MarkdownIt from 'markdown-it';
import { parse } from 'yaml';
import { z } from 'zod';
import { neuronLayout } from '../../../../src/method/neuronLayout.ts';
import { resetSummary } from '../../../../src/record/run/resetReport.ts';
import type { RunRecord } from '../../../../src/record/run/runRecord.ts';
import { codeBlock, inlineCode, markdownText } from '../../../../src/run/card/markdown.ts';
import { type CardSource, modelCard } from '../../../../src/run/card/modelCard.ts';
import type { ParentCard } from '../../../../src/run/card/parentCard.ts';
import { statedLicence } from '../../../../src/run/card/parentCard.ts';
import { tinyArchitecture, tinyRecord } from '../../record/tinyRecord.ts';

/* The model card of a committed checkpoint, as the Hub reads and a browser shows it. */

/** The Hub's documented rules for the fields that a card of ours has (huggingface.co/docs/hub/model-cards). */
const hubMetadata = z.strictObject({
  license: z
    .string()
    .regex(/^[a-z0-9.-]+$/)
    .optional(),
  license_name: z
    .string()
    .regex(/^[a-z0-9.-]+$/)
    .optional(),
  license_link: z.string().optional(),
  library_name: z.literal('transformers'),
  pipeline_tag: z.literal('text-generation'),
  base_model: z
    .array(z.string().regex(/^[\w.-]+\/[\w.-]+$/))
    .min(1)
    .optional(),
  base_model_relation: z.enum(['adapter', 'merge', 'quantized', 'finetune']).optional(),
  tags: z.array(z.string()),
});

const markdown = new MarkdownIt({ html: true, linkify: true });
const hostile =
  'x`"\'<img src=x onerror=alert(1)>[a](javascript:alert(1)) | www.evil.example\n# big\u202e **b** https://evil.example a@b.example';

function parent(folder: string, more: Partial<ParentCard> = {}): ParentCard {
  return { folder, hubId: undefined, licence: undefined, card: undefined, ...more };
}

function source(
  more: Partial<CardSource> = {},
  change: (record: RunRecord) => RunRecord = (record) => record,
): CardSource {
  const { draft } = tinyRecord();
  const record = change({ ...draft, arrays: { file: 'x', sha256: 'ab'.repeat(32) } });
  const layout = neuronLayout(tinyArchitecture);
  const ranks = Int32Array.from({ length: layout.total }, (_, at) => (at % 9 === 0 ? 0 : -1));
  return {
    ...{ record, alpha: 0.4, rho: 0.02, dtype: undefined, committed: '2026-03-04T05:06:07.000Z' },
    ...{ reset: resetSummary(layout, ranks, 0.02, 1000), base: parent('/models/base'), sft: parent('/models/sft') },
    ...more,
  };
}

function metadataOf(card: string): z.infer<typeof hubMetadata> {
  const [, yaml] = /^---\n([\s\S]*?)\n---\n/.exec(card)!;
  return hubMetadata.parse(parse(yaml!));
}

/** Every inline and block token of the body, flat. */
function tokensOf(body: string) {
  return markdown.parse(body, {}).flatMap((token) => [token, ...(token.children ?? [])]);
}

const bodyOf = (card: string) => card.replace(/^---\n[\s\S]*?\n---\n/, '');

describe('model card', () => {
  it('states both parents that have a name on the Hub, and the licence that they share', () => {
    const licence = { license: 'apache-2.0' };
    const card = modelCard(
      source({
        base: parent('/hub/base', { hubId: 'org/base', licence }),
        sft: parent('/hub/sft', { hubId: 'lab/sft-1.0', licence }),
      }),
    );
    assert.deepEqual(metadataOf(card), {
      ...{ license: 'apache-2.0', library_name: 'transformers', pipeline_tag: 'text-generation' },
      ...{ base_model: ['org/base', 'lab/sft-1.0'], base_model_relation: 'merge' },
      tags: ['merge', 'rejuvenation', 'arxiv:2606.09932'],
    });
    assert.match(card, /# lab\/sft-1.0, rejuvenated|# lab\\\/sft-1\\\.0, rejuvenated/);
  });

  it('names no parent that is only a folder, and no licence where they differ', () => {
    const card = modelCard(
      source({
        base: parent('/models/base', { licence: { license: 'mit' } }),
        sft: parent('/models/sft', { licence: { license: 'other', license_name: 'own', license_link: 'LICENSE' } }),
      }),
    );
    const metadata = metadataOf(card);
    assert.equal(metadata.base_model, undefined);
    assert.equal(metadata.base_model_relation, undefined);
    assert.equal(metadata.license, undefined);
    assert.match(card, /The SFT checkpoint states `own`, the base states `mit`/);
  });

  it('says what was done, with the figures of the reset and how to repeat it', () => {
    const card = modelCard(source({ dtype: 'bf16' }));
    assert.match(card, /every weight is 0\.4 of the SFT's and 0\.6 of the base's/);
    const { reset } = source();
    assert.ok(card.includes(`${reset!.neurons} neurons, ${(100 * reset!.neuronRatio).toFixed(2)} % of all`));
    assert.match(card, /rejuvenate run \\\n {2}--base \/models\/base \\\n {2}--sft \/models\/sft \\\n/);
    assert.match(card, /--alpha 0\.4 --rho 0\.02/);
    assert.match(card, /--dtype bf16/);
    assert.match(card, /had not been measured when this was written/);
  });

  it('says that fusing alone resets nothing, and repeats it by two commands', () => {
    const card = modelCard(source({ rho: 0, reset: undefined }));
    assert.match(card, /No neuron was reset/);
    assert.doesNotMatch(card, /!\[/);
    assert.match(card, /rejuvenate attribute [\s\S]*\nrejuvenate commit run\.rejuvenation\.json --rho 0 --alpha 0\.4/);
  });

  it('shows a measurement of a checkpoint made just alike, and of no other', () => {
    const with_ = (rho: number) =>
      modelCard(
        source({}, (record) => ({
          ...record,
          measurements: [...record.measurements, { ...record.measurements[0]!, name: 'other', folder: '/made' }],
          checkpoints: [
            { folder: '/made', alpha: 0.4, rho, neurons: 3, committed: '2026-03-04T05:06:07.000Z', phases: [] },
          ],
        })),
      );
    assert.match(with_(0.02), /\| target tokens \| rejuvenated \| 4 \|/);
    assert.doesNotMatch(with_(0.01), /\| rejuvenated \|/);
  });

  it('keeps hostile names text: no markup, no link, no HTML comes of them', () => {
    const plain = tokensOf(bodyOf(modelCard(source())));
    const card = modelCard(
      source({ base: parent(`/m/${hostile}`), sft: parent(`/m/${hostile}`) }, (record) => ({
        ...record,
        inputs: {
          base: { ...record.inputs.base, folder: `/m/${hostile}` },
          sft: { ...record.inputs.sft, folder: `/m/${hostile}` },
          calibration: {
            name: `/m/\`\`\`${hostile}`,
            bytes: 1,
            modified: '2026-03-04T05:06:07.000Z',
            sha256: 'cd'.repeat(32),
          },
        },
      })),
    );
    metadataOf(card);
    const tokens = tokensOf(bodyOf(card));
    const kinds = (all: typeof tokens, types: readonly string[]) =>
      all.filter(({ type }) => types.includes(type)).length;
    assert.equal(kinds(tokens, ['html_block', 'html_inline']), 0);
    for (const type of ['link_open', 'image', 'strong_open', 'heading_open', 'fence', 'table_open', 'list_item_open']) {
      assert.equal(kinds(tokens, [type]), kinds(plain, [type]), type);
    }
    const code = tokens.filter(({ type }) => type === 'code_inline').map(({ content }) => content);
    assert.ok(code.some((content) => content.includes('<img src=x onerror=alert(1)>')));
    assert.ok(!card.includes('\u202e'));
  });
});

describe('untrusted text in Markdown', () => {
  const samples = [
    'a`b',
    '``',
    '` `',
    ' x ',
    'a|b',
    '<b>',
    '*x*',
    '_x_',
    '\\',
    '&amp;',
    'https://a.example',
    '- x',
    '1. x',
    '~~x~~',
    '',
    '`',
  ];

  it('reads as itself as text and as inline code', () => {
    for (const text of samples) {
      const [, inline] = markdown.parse(`x ${markdownText(text)} y`, {});
      assert.equal(inline!.children!.map(({ type }) => type).join(), 'text', text);
      assert.equal(inline!.children![0]!.content.trim(), `x ${text} y`.trim(), text);
      const code = markdown.parse(`x ${inlineCode(text)} y`, {})[1]!.children!;
      if (text !== '') assert.equal(code[1]!.content, text, text);
    }
  });

  it('does not leave a block of code', () => {
    for (const text of ['```\n# x', '~~~', '````\n<b>', 'a\n```']) {
      const tokens = markdown.parse(codeBlock(text), {});
      assert.deepEqual(
        tokens.map(({ type, content }) => [type, content]),
        [['fence', `${text}\n`]],
      );
    }
  });
});

describe("a parent's stated licence", () => {
  const card = (yaml: string) => statedLicence(`---\n${yaml}\n---\n# x\n`);

  it('is read from the metadata alone', () => {
    assert.deepEqual(card('license: apache-2.0\ntags:\n- x'), { license: 'apache-2.0' });
    assert.deepEqual(card('license: other\nlicense_name: qwen\nlicense_link: https://a.example/LICENSE'), {
      ...{ license: 'other', license_name: 'qwen', license_link: 'https://a.example/LICENSE' },
    });
    assert.equal(statedLicence('license: mit'), undefined);
    assert.equal(statedLicence('# x\n---\nlicense: mit\n---\n'), undefined);
  });

  it('is nothing where the metadata are broken or hostile', () => {
    const bombs = `a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b]\nlicense: 7`;
    for (const yaml of [
      'license: [mit',
      'license: {a: b}',
      'license: "<b>"',
      'license: 5',
      '- x',
      '',
      bombs,
      'license: Apache 2.0',
      // Each ended the whole process once: the reader's stack was full in the middle of a regular expression.
      `license: mit\na: ${'['.repeat(100_000)}`,
      `license: mit\na: ${'{a: '.repeat(30_000)}`,
      `license: mit\na: ${'x'.repeat(1_000_000)}`,
    ])
      assert.equal(card(yaml), undefined, yaml.slice(0, 1000));
    assert.deepEqual(card('license: other\nlicense_name: "<b>"\nlicense_link: javascript:x'), {
      ...{ license: 'other', license_name: undefined, license_link: undefined },
    });
  });
});
