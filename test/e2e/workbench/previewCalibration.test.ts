import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../harness/eventually.ts';
import { useWorkbench } from '../harness/useWorkbench.ts';

const rows = [
  {
    conversations: [
      { from: 'human', value: 'What is 3 + 4?' },
      { from: 'gpt', value: 'It is 7.' },
    ],
  },
  { conversations: [{ from: 'human', value: 'nobody answers' }] },
];
const title = 'Preview Calibration…';

describe(title, () => {
  const workbench = useWorkbench({
    contents: ['test/fixtures/checkpoints/tiny-qwen3-tied', 'test/fixtures/shapes/chat_template.jinja'],
    settings: { 'rejuvenation.device': 'cpu' },
  });
  const at = (path: string) => join(workbench.folder, path);
  const step = (text: string) => workbench.page.locator('.quick-input-title', { hasText: text });
  const list = () => workbench.page.locator('.quick-input-list');
  const document = () => workbench.editorTab('data.jsonl.calibration-preview');
  const shown = async () => {
    const lines = await workbench.page.locator('.editor-instance .view-line').allInnerTexts();
    // Long lines are wrapped.
    return lines.join('').replaceAll('\u00a0', ' ');
  };
  /** The words of the sentence that a file is recognised by, and its first sample. */
  const showsSample = () =>
    eventually(async () => {
      const text = await shown();
      assert.match(text, /ShareGPT conversations \("conversations"\)/);
      assert.match(text, /1 of 2 rows read/);
      assert.match(text, /Line 2 is skipped/);
      assert.match(text, /⟦It is 7\.<\|im_end\|>⟧/);
    });
  const giveTemplate = () => copyFileSync(at('chat_template.jinja'), at('tiny-qwen3-tied/sft/chat_template.jinja'));
  before(() => writeFileSync(at('data.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join('')));

  it('asks for the calibration and the SFT checkpoint, and says why it cannot be read', async () => {
    await workbench.runCommand(`Rejuvenation: ${title}`);
    await step('(1/2)').waitFor();
    await workbench.type(at('data.jsonl'));
    await step('(2/2)').waitFor();
    await workbench.type(at('tiny-qwen3-tied/sft'));
    await eventually(async () => assert.match(await list().innerText(), /This cannot be used.*chat template/is));
    await workbench.closeQuickInput();
  });

  it('is called on a file in the Explorer, and shows what it is taken for with the responses highlighted', async () => {
    giveTemplate();
    const file = workbench.page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'data.jsonl' });
    await file.click({ button: 'right' });
    // A menu that has just opened ignores clicks.
    await workbench.page.locator('.monaco-menu .action-item', { hasText: title }).hover();
    await workbench.page.keyboard.press('Enter');
    await step('Preview Calibration').waitFor();
    await workbench.type(at('tiny-qwen3-tied/sft'));
    await document().waitFor();
    await showsSample();
    // The decoration's class is VS Code's own.
    const decorated = workbench.page.locator('.editor-instance .view-overlays [class*="ced-"]');
    await eventually(async () => assert.ok((await decorated.count()) > 0));
    await workbench.runCommand('View: Close All Editors');
  });

  it('opens beside the settings of Rejuvenate Checkpoint…, which stay, with what differs between the checkpoints', async () => {
    giveTemplate();
    const config = at('tiny-qwen3-tied/base/config.json');
    writeFileSync(config, readFileSync(config, 'utf8').replace(/"rms_norm_eps": [^,\n]+/, '"rms_norm_eps": 0.00002'));
    await workbench.runCommand('Rejuvenation: Rejuvenate Checkpoint…');
    await step('(1/4)').waitFor();
    await workbench.type(at('tiny-qwen3-tied/sft'));
    await step('(2/4)').waitFor();
    await workbench.type(at('tiny-qwen3-tied/base'));
    await step('(3/4)').waitFor();
    await workbench.type(at('data.jsonl'));
    await step('(4/4)').waitFor();
    await eventually(async () => assert.match(await list().innerText(), /ShareGPT conversations/));
    await workbench.quickRow('Calibration').click();
    await document().waitFor();
    await showsSample();
    assert.match(await shown(), /rms_norm_eps/);
    await step('(4/4)').waitFor();
    await workbench.closeQuickInput();
  });
});
