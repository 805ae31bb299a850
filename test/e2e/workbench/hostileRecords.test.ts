import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordVersion } from '../../../src/record/run/runRecord.ts';
import { rejuvenate } from '../../cli/rejuvenate.ts';
import { fixtures } from '../../paths.ts';
import { eventually } from '../harness/eventually.ts';
import { InspectorPage } from '../harness/inspector.ts';
import { useWorkbench } from '../harness/useWorkbench.ts';

const hostile = '<img src=x onerror="document.body.dataset.owned=1">';
const bidi = '\u202eevil\u202c';

describe('Records that nobody should trust', () => {
  const workbench = useWorkbench({ contents: [] });
  const inspector = new InspectorPage(workbench);

  /** Writes a record that differs from a good one. */
  function forge(name: string, change: (text: string) => string): void {
    const good = join(workbench.folder, 'good.rejuvenation');
    cpSync(`${good}.safetensors`, join(workbench.folder, `${name}.rejuvenation.safetensors`));
    const renamed = readFileSync(`${good}.json`, 'utf8').replace(
      'good.rejuvenation.safetensors',
      `${name}.rejuvenation.safetensors`,
    );
    writeFileSync(join(workbench.folder, `${name}.rejuvenation.json`), change(renamed));
  }

  before('make a good record', async () => {
    const checkpoints = join(fixtures, 'checkpoints');
    const { exitCode, stderr } = await rejuvenate([
      'attribute',
      ...['--base', join(checkpoints, 'tiny-qwen3-tied', 'base'), '--sft', join(checkpoints, 'tiny-qwen3-tied', 'sft')],
      ...['--calibration', join(checkpoints, 'tiny-calibration.jsonl'), '--device', 'cpu'],
      ...['--record', join(workbench.folder, 'good.rejuvenation.json')],
    ]);
    assert.equal(exitCode, 0, stderr);
    // All of them before the first is opened: VS Code's search for files remembers what it found.
    forge('corrupt', (text) => text.slice(0, text.length / 2));
    forge('newer', (text) => text.replace(`"version": ${recordVersion}`, `"version": ${recordVersion + 1}`));
    forge('hostile', (text) => {
      const record = JSON.parse(text);
      record.tokens.texts = record.tokens.texts.map((_: string, i: number) => (i % 2 === 0 ? hostile : bidi));
      return JSON.stringify(record);
    });
    forge('halved', (text) => text);
    rmSync(join(workbench.folder, 'halved.rejuvenation.safetensors'));
  });

  it('shows in the tree that a record lacks its arrays, what to do, and when they are back', async () => {
    await workbench.runCommand('Rejuvenation: Focus on Runs View');
    const broken = workbench.treeRow('halved, its arrays file is missing: The arrays file');
    await broken.waitFor();
    assert.match((await broken.getAttribute('aria-label')) ?? '', /put it back beside the record/);
    await broken.locator('.codicon-error').waitFor();
    cpSync(
      join(workbench.folder, 'good.rejuvenation.safetensors'),
      join(workbench.folder, 'halved.rejuvenation.safetensors'),
    );
    await broken.waitFor({ state: 'detached' });
    await workbench.treeRow('halved').waitFor();
  });

  it('says that a corrupt record is not one', async () => {
    await workbench.openFile('corrupt.rejuvenation.json');
    await eventually(async () => assert.match(await inspector.text(), /corrupt\.rejuvenation\.json.*is not/s));
  });

  it('says that a newer record needs a newer program', async () => {
    await workbench.openFile('newer.rejuvenation.json');
    await eventually(async () => assert.match(await inspector.text(), /made by a newer version/));
  });

  it('shows hostile token text as text', async () => {
    await workbench.openFile('hostile.rejuvenation.json');
    await inspector.ready();
    for (const tab of ['Tokens', 'Entropy'] as const) {
      await inspector.showTab(tab);
      await eventually(async () => assert.match(await inspector.text(), /onerror/));
      assert.equal(await inspector.find('img').count(), 0);
      assert.equal(await inspector.find('body').getAttribute('data-owned'), null);
      assert.doesNotMatch(await inspector.text(), /[\u202a-\u202e\u2066-\u2069]/);
    }
  });
});
