import assert from 'node:assert/strict';
import MarkdownIt from 'markdown-it';
import type { Handover } from '../../../../src/run/handover/handover.ts';
import { handoverDocument } from '../../../../src/run/handover/handoverDocument.ts';
import { trainers } from '../../../../src/run/handover/trainers.ts';

const hostile = '<img src=x> [a](command:x) `b` https://evil.example # c | d';

const made: Handover = {
  checkpoint: `/models/${hostile}`,
  trainer: trainers.slime,
  checks: [{ what: 'dtype', found: hostile, warning: `mixed: ${hostile}` }],
  made: { alpha: 0.5, rho: 0.001 },
  readiness: {
    ...{ record: '/r', name: hostile, groupSize: 8, temperature: 1, responseLength: 512 },
    notes: ['dead@8 0.31'],
  },
  conversion: "python convert.py '```' \\\n  --to x",
  command: `ray job submit --hf-checkpoint '/models/${hostile}'`,
  notes: [hostile],
};

describe('a hand-over as a document', () => {
  it('has the commands to the letter, and all that is untrusted as text', () => {
    const tokens = new MarkdownIt({ html: true, linkify: true }).parse(handoverDocument(made), {});
    const code = tokens.filter(({ type }) => type === 'fence').map(({ content }) => content.trimEnd());
    assert.deepEqual(code, [made.conversion, made.command]);
    const inline = tokens.flatMap(({ children }) => children ?? []);
    assert.deepEqual(
      [...tokens, ...inline].filter(({ type }) => /html|image/.test(type)).map(({ content }) => content),
      [],
    );
    const links = inline.filter(({ type }) => type === 'link_open').map((token) => token.attrGet('href'));
    const { source, modelSource } = trainers.slime;
    assert.deepEqual(links, [source.url, modelSource!.url.split(',')[0]]);
    const text = inline
      .filter(({ type }) => /text|code_inline/.test(type))
      .map(({ content }) => content)
      .join('');
    assert.ok(text.split(hostile).length > 4, text);
    assert.match(text, /Rejuvenated with α 0\.5, ρ 0\.001 \(the paper: α 0\.5, ρ 0\.01\)/);
  });
});
