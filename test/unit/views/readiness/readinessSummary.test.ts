import assert from 'node:assert/strict';
import { readinessPageMessageSchema } from '../../../../src/protocol/readiness.ts';
import { readinessSummary } from '../../../../src/views/readiness/readinessSummary.ts';
import { galleryReadiness } from '../../../figures/records/galleryReadiness.ts';

describe('what the readiness page is given', () => {
  const record = galleryReadiness();
  const [base, first, second, last] = record.rows;
  const names = (rows: readonly { readonly name: string }[]) => rows.map(({ name }) => name);

  it('is the base, then a series by its steps; others as they were given', () => {
    const series = readinessSummary('/a.readiness.json', { ...record, rows: [base!, last!, first!, second!] });
    assert.deepEqual(names(series.rows), ['base', 'checkpoint-100', 'checkpoint-400', 'checkpoint-1600']);
    const stepless = { ...first!, name: 'rejuvenated', checkpoint: { ...first!.checkpoint!, step: undefined } };
    const mixed = readinessSummary('/a.readiness.json', { ...record, rows: [base!, last!, stepless, second!] });
    assert.deepEqual(names(mixed.rows), ['base', 'checkpoint-1600', 'rejuvenated', 'checkpoint-400']);
    const elsewhere = { ...record, rows: [first!, last!].map((row) => ({ ...row, checkpoint: null })) };
    assert.deepEqual(
      readinessSummary('/a.readiness.json', elsewhere).rows.map(({ folder, step }) => [folder, step]),
      [
        [null, undefined],
        [null, undefined],
      ],
    );
  });

  it('says of conditions what they measure, of what, and which bound a figure marks', () => {
    const { conditions } = readinessSummary('/a.readiness.json', record);
    assert.deepEqual(
      conditions.map(({ label, what, deadGroup }) => [label, what, deadGroup]),
      [
        [
          'dead@8 at most 0.5',
          'predicted share of dead groups of size 8; of sampled answers at T = 1',
          { group: 8, value: 0.5 },
        ],
        ['pass@16 at least 0.55', 'Pass@16; of sampled answers at T = 1', undefined],
      ],
    );
  });

  it('takes from the page what its schema lets through alone', () => {
    const file = (name: string) => ({ name: 'export', file: { name, bytes: new Uint8Array(1) } });
    for (const [request, fine] of [
      [{ name: 'snapshot' }, true],
      [file('a-pass-at-k.svg'), true],
      [file('../a.svg'), false],
      [file('a.html'), false],
      [{ name: 'other' }, false],
    ] as const) {
      assert.equal(readinessPageMessageSchema.safeParse({ type: 'request', id: 0, request }).success, fine);
    }
    for (const row of [-1, 0.5, '0', '__proto__']) {
      const message = { type: 'action', action: { name: 'reveal', row } };
      assert.equal(readinessPageMessageSchema.safeParse(message).success, false);
    }
  });
});
