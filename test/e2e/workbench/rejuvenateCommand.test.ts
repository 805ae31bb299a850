import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readRecord } from '../../../src/record/run/recordFile.ts';
import { eventually } from '../harness/eventually.ts';
import { InspectorPage } from '../harness/inspector.ts';
import { useWorkbench } from '../harness/useWorkbench.ts';

describe('Rejuvenate Checkpoint…', () => {
  const workbench = useWorkbench({
    contents: ['test/fixtures/checkpoints/tiny-qwen3-tied', 'test/fixtures/checkpoints/tiny-calibration.jsonl'],
    settings: { 'rejuvenation.topN': 3, 'rejuvenation.device': 'cpu', 'rejuvenation.processes': 2 },
  });
  const inspector = new InspectorPage(workbench);
  const sft = () => join(workbench.folder, 'tiny-qwen3-tied', 'sft');
  const base = () => join(workbench.folder, 'tiny-qwen3-tied', 'base');
  const step = (number: number) => workbench.page.locator('.quick-input-title', { hasText: `(${number}/4)` });
  const list = () => workbench.page.locator('.quick-input-list');

  it('asks for each input, refuses what cannot be used with the reason, and goes back', async () => {
    await workbench.runCommand('Rejuvenation: Rejuvenate Checkpoint…');
    await step(1).waitFor();
    await workbench.type(join(workbench.folder, 'nowhere'));
    await eventually(async () => assert.match(await list().innerText(), /This cannot be used/));
    await workbench.type(sft());
    await step(2).waitFor();
    await workbench.type(sft());
    await eventually(async () => assert.match(await list().innerText(), /Base and SFT are the same folder/));
    await workbench.page.locator('.quick-input-widget').getByRole('button', { name: /Back/ }).click();
    await step(1).waitFor();
    await workbench.type(sft());
    await step(2).waitFor();
    await workbench.type(base());
    await step(3).waitFor();
    await workbench.type(join(workbench.folder, 'tiny-calibration.jsonl'));
    await step(4).waitFor();
  });

  it('shows the settings before it starts, lets them be changed, and ends in the inspector', async () => {
    const shown = await list().innerText();
    assert.match(shown, /top-n\s*3/);
    assert.match(shown, /Device\s*cpu/);
    await workbench.page.locator('.quick-input-widget .monaco-list-row', { hasText: 'alpha' }).click();
    await eventually(async () => assert.equal(await workbench.quickInput.inputValue(), '0.5'));
    await workbench.type('0.6');
    await eventually(async () => assert.match(await list().innerText(), /alpha\s*0\.6/));
    await workbench.page.locator('.quick-input-widget .monaco-list-row', { hasText: 'Start' }).click();
    await workbench.editorTab('sft.rejuvenation.json').waitFor({ timeout: 180_000 });
    await inspector.ready();
    const { record } = await readRecord(join(workbench.folder, 'sft.rejuvenation.json'));
    assert.equal(record.settings.alpha, 0.6);
    assert.equal(record.settings.topN, 3);
    assert.equal(record.engine.processes, 2);
    assert.equal(record.inputs.base.folder, base());
  });

  it('remembers what was used, and offers the checkpoints of the workspace', async () => {
    await workbench.runCommand('Rejuvenation: Rejuvenate Checkpoint…');
    await step(1).waitFor();
    const shown = await list().innerText();
    assert.match(shown, /sft.*used before/s);
    assert.match(shown, /base/);
    await workbench.closeQuickInput();
  });
});
