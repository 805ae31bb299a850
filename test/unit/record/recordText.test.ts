import assert from 'node:assert/strict';
import { recordJson, recordText } from '../../../src/cli/output/recordReport.ts';
import { metricsTable } from '../../../src/cli/output/recordTables.ts';
import type { OpenRecord } from '../../../src/record/run/recordFile.ts';
import { type RunRecord, recordSchema } from '../../../src/record/run/runRecord.ts';
import { selectedTokens } from '../../../src/record/run/selectedTokens.ts';
import { heldOutRecord, tinyRecord } from './tinyRecord.ts';

function opened(change: Partial<RunRecord> = {}): OpenRecord {
  const { draft, layout, arrays } = tinyRecord();
  const record = { ...draft, arrays: { file: 'a', sha256: '0'.repeat(64) }, ...change };
  return { path: '/x/a.rejuvenation.json', record, layout, arrays };
}

describe('record tables', () => {
  it('shows measurements side by side', () => {
    const means = { rows: 1, entropy: 0.5, top1Probability: 0.25, negativeLogLikelihood: 2 };
    const entry = {
      folder: '/m',
      measured: '2026-01-02T03:04:05Z',
      all: means,
      targets: { ...means, entropy: 1.23456 },
    };
    const text = metricsTable([{ ...entry, name: 'base' }]);
    assert.match(text, /│ base +│ +0\.5000 │ +1\.2346 │ +0\.2500 │ +0\.2500 │ +2\.0000 │ +2\.0000 │/);
  });

  it('shows held-out samples in a column of their own, where there are any', () => {
    const means = { rows: 1, entropy: 0.5, top1Probability: 0.25, negativeLogLikelihood: 2 };
    const entry = { folder: '/m', measured: '2026-01-02T03:04:05Z', all: means, targets: means };
    const heldOut = { rows: 1, entropy: 0.75, top1Probability: 0.125, negativeLogLikelihood: 3 };
    const text = metricsTable([{ ...entry, name: 'base', heldOut }]);
    assert.match(text, /entropy \(nats\) │ at targets │ held out │/);
    assert.match(text, /│ base +│( +[0-9.]+ │){2} +0\.7500 │( +[0-9.]+ │){2} +0\.1250 │( +[0-9.]+ │){2} +3\.0000 │/);
    assert.doesNotMatch(metricsTable([{ ...entry, name: 'base' }]), /held out/);
  });

  it('counts held-out samples', () => {
    const { draft, layout, arrays } = heldOutRecord();
    const record = { ...draft, arrays: { file: 'a', sha256: '0'.repeat(64) } };
    const open = { path: '/x/a.rejuvenation.json', record, layout, arrays };
    assert.match(recordText(open), /2 samples, 5 response tokens, 2 targets; held out: 1 sample, 2 response tokens/);
    assert.equal(recordJson(open).heldOutSamples, 1);
    assert.doesNotMatch(recordText(opened()), /held out/);
  });

  it('shows the reset ratio of every layer and module with totals', () => {
    const text = recordText(opened());
    // Two of the first layer's neurons, one in q_proj (4 wide), one in k_proj (2 wide); a layer has 30.
    assert.match(text, /│ 0 +│ 25\.00 % │ 50\.00 % │( +0\.00 % │){5} 6\.67 % │/);
    assert.match(text, /│ all +│ 12\.50 % │ 25\.00 % │( +0\.00 % │){5} 3\.33 % │/);
    assert.match(
      text,
      /At rho 0\.02 a target selects up to 1 neurons; together they select 2 \(3\.33 % of all neurons\)/,
    );
    assert.doesNotMatch(text, /WARNING/);
  });

  it('tells which requests held their weights as stored, and nothing where none did', () => {
    const { engine } = opened().record;
    const plan = Object.values(engine.plans).find((each) => each !== null)!;
    const [float32, stored] = [plan, { ...plan, weights: 'stored' as const }];
    const device = (plans: RunRecord['engine']['plans']) =>
      /^device .*$/m.exec(recordText(opened({ engine: { ...engine, plans } })))![0];
    assert.match(device({ base: float32, sft: float32, attribution: null }), /\(ONNX Runtime [^)]+\)$/);
    assert.match(device({ base: null, sft: stored, attribution: stored }), /\), weights held as stored$/);
    const mixed = device({ base: float32, sft: stored, attribution: stored });
    assert.match(mixed, /\), weights held as stored \(sft, attribution\)$/);
  });

  it('tells how products were computed, where not as float32', () => {
    const { engine } = opened().record;
    const device = (products: RunRecord['engine']['products']) =>
      /^device .*$/m.exec(recordText(opened({ engine: { ...engine, products } })))![0];
    assert.match(device('float32'), /\(ONNX Runtime [^)]+\)$/);
    assert.match(device('split'), /\), products split for tensor cores$/);
    assert.match(device('tf32'), /\), products in TF32$/);
  });

  it('of an older program has neither precision nor products: both were float32', () => {
    const { record } = opened();
    const { precision: _, ...settings } = record.settings;
    const { products: __, ...engine } = record.engine;
    const older = recordSchema.parse({ ...record, settings, engine });
    assert.equal(older.settings.precision, 'float32');
    assert.equal(older.engine.products, 'float32');
  });

  it('warns above 20 % of all neurons, in tables and in JSON', () => {
    const { record } = opened();
    const heavy = opened({ reset: { ...record.reset, neurons: 13, neuronRatio: 13 / 60 } });
    const warning =
      '21.7 % of all neurons are reset, above 20 %: much of what SFT taught is lost. Take a smaller rho or a lower top-n.';
    assert.ok(recordText(heavy).includes(`WARNING: ${warning}`));
    assert.deepEqual(recordJson(heavy).warnings, [warning]);
    assert.deepEqual(recordJson(opened({ reset: { ...record.reset, neurons: 12, neuronRatio: 0.2 } })).warnings, []);
  });

  it('counts the selected tokens, the most frequent first, then by entropy gap', () => {
    const open = opened();
    open.arrays.get('samples.ids')![4] = 3;
    open.arrays.get('targets.gold')![1] = 3;
    open.arrays.get('measurements.0.entropy')!.fill(2);
    // Response rows of both samples; the targets are the first, the third, and the last two.
    open.arrays.get('measurements.1.entropy')!.set([1.5, 0, 1, 2.25, 1]);
    assert.deepEqual(selectedTokens(open.record, open.arrays), [
      { id: 3, text: '\n', count: 2, meanGap: 0.75 },
      { id: 8, text: 'h', count: 1, meanGap: 1 },
      { id: 7, text: 'g', count: 1, meanGap: 0.25 },
    ]);
    assert.match(recordText(open), /│ "\\n" +│ +3 │ +2 │ +0\.7500 │/);
  });

  it('lets no untrusted text reach the terminal as it is', () => {
    const evil = '\u001b[2J\u202e';
    const { record } = opened();
    const text = recordText(
      opened({
        tokens: { ids: record.tokens.ids, texts: record.tokens.ids.map(() => evil) },
        notes: [evil],
        inputs: { ...record.inputs, base: { ...record.inputs.base, folder: evil } },
        engine: { ...record.engine, runtimeVersion: evil },
        checkpoints: [
          { folder: evil, alpha: 0.5, rho: 0.1, neurons: 1, committed: '2026-01-02T03:04:05Z', phases: [] },
        ],
      }),
    );
    assert.equal(text.includes('\u001b') || text.includes('\u202e'), false);
  });
});
