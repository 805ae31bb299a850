import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pageMessageSchema } from '../../../src/protocol/inspector.ts';
import { writeRecord } from '../../../src/record/run/recordFile.ts';
import { bestRanks } from '../../../src/record/run/resetReport.ts';
import { InspectorDocument } from '../../../src/views/inspector/inspectorDocument.ts';
import { inspectorHtml } from '../../../src/views/inspector/inspectorHtml.ts';
import { tinyRecord } from '../record/tinyRecord.ts';

describe('inspector document', () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inspector-'));
    path = join(folder, 'tiny.rejuvenation.json');
    const { draft, layout, arrays } = tinyRecord();
    await writeRecord(path, draft, layout, arrays);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('gives the record without its bulk', async () => {
    const document = new InspectorDocument(path);
    await document.load();
    const snapshot = document.snapshot({ layer: 1 });
    assert.equal(snapshot.type, 'record');
    assert.equal(snapshot.revision, 1);
    assert.equal('tokens' in snapshot.record, false);
    assert.deepEqual(snapshot.selection, { layer: 1 });
  });

  it('answers with the record’s own numbers', async () => {
    const { layout, arrays } = tinyRecord();
    const document = new InspectorDocument(path);
    await document.load();
    assert.deepEqual(document.answer({ name: 'neurons', array: 'best_rank' }), bestRanks(layout, arrays));
    const sample = document.answer({ name: 'sample', index: 1 });
    assert.ok(sample !== undefined && 'measures' in sample);
    assert.deepEqual(sample.ids, Int32Array.of(6, 7, 8));
    assert.deepEqual(sample.targetRows, Int32Array.of(0, 1));
    const entropy = arrays.get('measurements.1.entropy') as Float32Array;
    assert.deepEqual(sample.measures[1]!.entropy, entropy.slice(3, 5));
    assert.equal(sample.measures[1]!.topIds.length, 2 * 2);
    const rows = document.answer({ name: 'rows' });
    assert.ok(rows !== undefined && 'targetRows' in rows && 'top1Probability' in rows);
    assert.deepEqual([...rows.targetRows], [0, 2, 3, 4]);
    assert.throws(() => document.answer({ name: 'sample', index: 2 }), /no sample 2/);
  });

  it('turns a record that cannot be read into a refusal, and back', async () => {
    const document = new InspectorDocument(path);
    const text = await readFile(path, 'utf8');
    for (const [broken, reason] of [
      ['{', /not valid JSON|JSON/],
      [text.replace(/"version": \d/, '"version": 99'), /newer version/],
      [text.replace('"alpha": 0.5', '"alpha": 5'), /settings\.alpha/],
    ] as const) {
      await writeFile(path, broken);
      await document.load();
      const snapshot = document.snapshot();
      assert.equal(snapshot.type, 'refused');
      assert.match(snapshot.message, reason);
      assert.throws(() => document.answer({ name: 'rows' }), reason);
    }
    await writeFile(path, text);
    await document.load();
    const snapshot = document.snapshot();
    assert.equal(snapshot.type, 'record');
    assert.equal(snapshot.revision, 4);
  });

  it('refuses a name that no record has', async () => {
    const document = new InspectorDocument(join(folder, '.rejuvenation.json'));
    await document.load();
    assert.equal(document.snapshot().type, 'refused');
  });
});

describe('messages from the inspector’s page', () => {
  it('takes what the page sends', () => {
    for (const message of [
      { type: 'request', id: 0, request: { name: 'snapshot' } },
      { type: 'request', id: 1, request: { name: 'neurons', array: 'hits' } },
      { type: 'request', id: 2, request: { name: 'export', file: { name: 'a-b.svg', bytes: new Uint8Array(2) } } },
      { type: 'select', selection: {} },
      { type: 'select', selection: { layer: 1, projection: 'q_proj' } },
      { type: 'action', action: { name: 'commit', rho: 0.01, alpha: 0.5 } },
      { type: 'action', action: { name: 'reveal', checkpoint: 0 } },
    ]) {
      assert.deepEqual(pageMessageSchema.parse(message), message);
    }
  });

  it('takes nothing else', () => {
    for (const message of [
      null,
      { type: 'request', id: 1, request: { name: 'eval', code: '1' } },
      { type: 'request', id: 1.5, request: { name: 'snapshot' } },
      { type: 'request', id: 1, request: { name: 'neurons', array: '__proto__' } },
      { type: 'request', id: 1, request: { name: 'export', file: { name: '../../x.svg', bytes: new Uint8Array(1) } } },
      { type: 'request', id: 1, request: { name: 'export', file: { name: 'x.sh', bytes: new Uint8Array(1) } } },
      { type: 'select', selection: { layer: -1 } },
      { type: 'select', selection: { projection: 'lm_head' } },
      { type: 'action', action: { name: 'commit', rho: 2, alpha: 0.5 } },
      { type: 'action', action: { name: 'commit', rho: Number.NaN, alpha: 0.5 } },
      { type: 'action', action: { name: 'run', command: 'workbench.action.quit' } },
    ]) {
      assert.equal(pageMessageSchema.safeParse(message).success, false, JSON.stringify(message));
    }
  });
});

describe('the inspector’s page', () => {
  const sources = { script: 'https://x/inspector.js', style: 'https://x/inspector.css', cspSource: 'https://x' };

  it('runs one script, by a nonce that changes, and loads nothing remote', () => {
    const [one, other] = [inspectorHtml(sources), inspectorHtml(sources)];
    assert.notEqual(one, other);
    assert.equal(one.match(/<script/g)?.length, 1);
    const nonce = /script-src 'nonce-([^']+)'/.exec(one)![1]!;
    assert.ok(one.includes(`<script type="module" nonce="${nonce}"`));
    assert.match(one, /default-src 'none'/);
    assert.doesNotMatch(one, /unsafe/);
  });

  it('cannot be broken out of by an address', () => {
    assert.doesNotMatch(inspectorHtml({ ...sources, script: '"><img src=x>' }), /<img/);
  });
});
