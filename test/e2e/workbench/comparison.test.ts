import assert from 'node:assert/strict';
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { readComparison } from '../../../src/record/comparison/comparisonFile.ts';
import { eventually } from '../harness/eventually.ts';
import { useWorkbench } from '../harness/useWorkbench.ts';

describe('Compare Checkpoints…', () => {
  const workbench = useWorkbench({
    contents: [
      'media/sample/base',
      'media/sample/sft-mod',
      'media/sample/sft-over',
      'test/fixtures/pairs.jsonl',
      'test/fixtures/checkpoints/tiny-qwen3-tied',
    ],
    settings: { 'rejuvenation.device': 'cpu' },
  });
  const record = () => join(workbench.folder, 'sft-over.comparison.json');
  const find = (selector: string) => workbench.webview.locator(selector);
  const showTab = (name: string) => find(`vscode-tab-header[data-tab=${name}]`).click();
  const caption = (figure: string) => find(`[data-figure=${figure}] .caption`).innerText();

  it('asks for a reference, what to compare with it, and a calibration, and opens the comparison', async () => {
    await workbench.runCommand('Rejuvenation: Compare Checkpoints…');
    await workbench.page.locator('.quick-input-title', { hasText: '(1/2)' }).waitFor();
    await workbench.type(join(workbench.folder, 'base'));
    await workbench.page.locator('.quick-input-title', { hasText: '(2/2)' }).waitFor();
    await workbench.tick('sft-mod', 'sft-over');
    await workbench.pick('pairs.jsonl');
    await workbench.editorTab('sft-over.comparison.json').waitFor({ timeout: 180_000 });
    await find('.maps g.cell').first().waitFor();
    const { record: made } = await readComparison(record());
    assert.deepEqual(
      made.checkpoints.map(({ name }) => name),
      ['base', 'sft-mod', 'sft-over'],
    );
    assert.equal(made.pairs.length, 3);
    assert.ok(made.output !== undefined);
    // Over-trained SFT moved every projection further than moderate SFT, and is surer.
    const drift = (pair: number) => made.differences[pair]!.map(({ relativeNorm }) => relativeNorm ?? 0);
    assert.ok(drift(0).every((each, tensor) => each < drift(1)[tensor]!));
    assert.ok(made.output.means[2]!.entropy < made.output.means[1]!.entropy);
    assert.equal(await find('.maps g.cell').count(), 3 * made.tensors.length);
  });

  it('goes from the map to a tensor and down to its elements', async () => {
    await find('.maps g.cell[aria-label^="model.layers.0.self_attn.v_proj.weight"]').first().click();
    await find('.delta-maps').waitFor();
    await find('.spikes td .link').first().click();
    await find('.delta-overlay .element').first().waitFor();
    assert.match(await caption('tensor-change'), /^Every element, read from the checkpoints’ files/);
    await find('.spectrum-ask vscode-button').click();
    await find('.spectrum-key p:has-text("out of noise")').first().waitFor({ timeout: 180_000 });
  });

  it('asks the engine for whole next-token distributions', async () => {
    await showTab('output');
    await find('.tok:not(.unmeasured)').nth(2).click();
    await find('.distribution .bar').first().waitFor();
    await find('[data-figure=next-token] vscode-checkbox').click();
    await eventually(
      async () => assert.match(await caption('next-token'), /^Probabilities of the whole vocabulary by the engine/),
      90_000,
    );
    assert.ok((await find('.distribution .bar').count()) >= 30);
  });

  it('keeps tab, tensor and zoom over a reload of the window', async () => {
    await showTab('tensor');
    const before = await find('.delta-maps').getAttribute('aria-label');
    await workbench.reload();
    await find('.delta-maps').waitFor();
    await eventually(async () => assert.equal(await find('.delta-maps').getAttribute('aria-label'), before));
  });

  it('opens the cards of two checkpoints in the diff editor', async () => {
    await find('.plain thead .link').first().click();
    const diff = workbench.page.locator('.monaco-diff-editor');
    await diff.waitFor();
    await eventually(async () => assert.match(await diff.innerText(), /config\.json/));
    await workbench.runCommand('View: Close Editor');
  });

  it('compares cards from the palette, read-only', async () => {
    await workbench.runCommand('Rejuvenation: Compare Checkpoint Cards…');
    await workbench.pick('base');
    await workbench.pick('sft-over');
    const diff = workbench.page.locator('.monaco-diff-editor');
    await diff.waitFor();
    await diff.locator('.editor.modified .view-lines').click();
    await workbench.page.keyboard.type('x');
    await eventually(async () =>
      assert.match(await workbench.page.locator('.monaco-editor-overlaymessage').first().innerText(), /read-only/),
    );
    await workbench.page.keyboard.press('Escape');
    await workbench.runCommand('View: Close Editor');
  });

  it('lists the comparison in the view, and opens it without the checkpoints’ files', async () => {
    await rename(join(workbench.folder, 'sft-mod'), join(workbench.folder, 'moved'));
    await workbench.runCommand('View: Close All Editors');
    await workbench.runCommand('Rejuvenation: Focus on Runs View');
    await workbench.treeRow('sft-over').click();
    await find('.maps g.cell').first().waitFor();
    await showTab('tensor');
    await find('.spikes td .link').first().click();
    await eventually(async () =>
      assert.match(
        await caption('tensor-change'),
        /^Single elements are read from the checkpoints’ files, which are needed/,
      ),
    );
  });

  it('says what differs between checkpoints that do not match, and writes nothing', async () => {
    const before = await readdir(workbench.folder);
    await workbench.runCommand('Rejuvenation: Compare Checkpoints…');
    await workbench.type(join(workbench.folder, 'base'));
    await workbench.page.locator('.quick-input-title', { hasText: '(2/2)' }).waitFor();
    await workbench.tick('sft,');
    await workbench.page.locator('.quick-input-widget .monaco-list-row', { hasText: 'Weights only' }).click();
    await workbench.notification(/tiny-qwen3-tied/).waitFor();
    assert.deepEqual(await readdir(workbench.folder), before);
  });
});
