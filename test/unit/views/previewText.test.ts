import assert from 'node:assert/strict';
import type { CalibrationPreview } from '../../../src/run/previewCalibration.ts';
import { previewText, sampleCounts } from '../../../src/views/preview/previewText.ts';

const preview: CalibrationPreview = {
  reading: {
    shape: 'sharegpt',
    label: 'ShareGPT conversations ("conversations")',
    templates: [],
    special: { before: [], after: [] },
    rows: 3,
    skipped: 1,
    sentence: '"data.jsonl": ShareGPT conversations ("conversations"); 1 of 3 rows skipped.',
  },
  notes: ['Line 2 is skipped: it has no turn of the assistant.', 'Another\u202e note.'],
  samples: 2,
  tokens: 1234,
  responseTokens: 31,
  first: {
    file: '/data/a\nb.jsonl',
    unit: 'line',
    line: 1,
    tokens: 9,
    responses: [
      { start: 2, end: 4 },
      { start: 6, end: 9 },
    ],
    pieces: [
      { text: 'Hi ⟦ \u202e?\n', response: false },
      { text: 'one\n\ttwo', response: true },
      { text: '\u200b', response: false },
      { text: '日本', response: true },
    ],
  },
};

describe('the text of a preview', () => {
  it('says what was found, and shows the first sample with hidden characters escaped', () => {
    assert.equal(sampleCounts(preview), '2 of 3 rows read, 1,234 tokens, 31 response rows');
    assert.equal(
      previewText(preview).text,
      [
        '"data.jsonl": ShareGPT conversations ("conversations"); 1 of 3 rows skipped.',
        '',
        'samples   2 of 3 rows read, 1,234 tokens, 31 response rows',
        'notes     Line 2 is skipped: it has no turn of the assistant.',
        '          Another\\u{202e} note.',
        'first     a\\u{a}b.jsonl, line 1: 9 tokens; its 2 responses stand in ⟦ ⟧',
        '',
        'Hi ⟦ \\u{202e}?',
        '⟦one',
        '\ttwo⟧\\u{200b}⟦日本⟧',
        '',
      ].join('\n'),
    );
  });

  it('tells where the responses stand, whatever the sample itself holds', () => {
    const { text, responses } = previewText(preview);
    assert.deepEqual(
      responses.map(({ start, end }) => text.slice(start, end)),
      ['⟦one\n\ttwo⟧', '⟦日本⟧'],
    );
  });
});
