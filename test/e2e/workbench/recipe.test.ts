import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRecord } from '../../../src/record/run/recordFile.ts';
import { InspectorPage } from '../harness/inspector.ts';
import { useWorkbench } from '../harness/useWorkbench.ts';

/* A recipe in VS Code's editor: it is completed and checked while it is written, and run by a click. */

describe('a recipe', () => {
  const workbench = useWorkbench({
    contents: ['test/fixtures/checkpoints/tiny-qwen3-tied', 'test/fixtures/checkpoints/tiny-calibration.jsonl'],
  });
  const inspector = new InspectorPage(workbench);
  const name = 'tiny.rejuvenation.yaml';
  const suggestion = (text: string) =>
    workbench.page.locator(`.suggest-widget .monaco-list-row[aria-label^="${text}"]`).first();
  const type = (text: string) => workbench.page.keyboard.type(text);
  before(() => {
    const lines = ['base: tiny-qwen3-tied/base', 'sft: tiny-qwen3-tied/sft', 'calibration: tiny-calibration.jsonl'];
    writeFileSync(join(workbench.folder, name), `${lines.join('\n')}\ndevice: cpu\nrho_mx: 0.02\n`);
  });

  it('is offered keys and values, and what is mistyped is marked with the nearest name', async () => {
    await workbench.openFile(name);
    const lens = workbench.page.locator('.codelens-decoration', { hasText: 'Run Recipe' });
    await lens.waitFor();
    await workbench.page.locator('.editor-instance .squiggly-error').waitFor();
    await workbench.runCommand('Problems: Focus on Problems View');
    const problem = workbench.page.locator('.markers-panel .monaco-list-row', { hasText: 'rho_mx' });
    await problem.waitFor();
    assert.match(await problem.innerText(), /no key of a recipe\. Did you mean "rho-max"\?/);
    const line = workbench.page.locator('.editor-instance .view-line', { hasText: 'rho_mx' });
    await line.click();
    await workbench.page.keyboard.press('Home');
    await workbench.page.keyboard.press('Shift+End');
    await type('top-n: 3');
    await line.waitFor({ state: 'detached' });
    await workbench.page.keyboard.press('Escape');
    await workbench.page.keyboard.press('Enter');
    await type('renamed');
    await suggestion('renamed-rows').waitFor();
    await workbench.page.keyboard.press('Enter');
    await workbench.page.keyboard.press('Control+Space');
    await suggestion('fuse').waitFor();
    await suggestion('keep').click();
    await workbench.page.keyboard.press('Enter');
    await type('out: made');
    await workbench.page.locator('.editor-instance .squiggly-error').waitFor({ state: 'detached' });
  });

  it('is saved and run by a click, and ends in the inspector with its checkpoint written', async () => {
    await workbench.page.locator('.codelens-decoration a', { hasText: 'Run Recipe' }).click();
    await workbench.editorTab('made.rejuvenation.json').waitFor({ timeout: 180_000 });
    await inspector.ready();
    await workbench.notification('is done').waitFor();
    const { record } = await readRecord(join(workbench.folder, 'made.rejuvenation.json'));
    assert.deepEqual([record.settings.topN, record.settings.renamedRows], [3, 'keep']);
    assert.ok(existsSync(join(workbench.folder, 'made', 'rejuvenation-recipe.yaml')));
  });

  it('is made of a run that was made already, and nothing in it is marked', async () => {
    await workbench.runCommand('Rejuvenation: Save as Recipe…');
    await workbench.pick('made.rejuvenation.json');
    await workbench.saveAs(join(workbench.folder, 'saved.rejuvenation.yaml'), 'made-again.rejuvenation.yaml');
    await workbench.editorTab('saved.rejuvenation.yaml').waitFor();
    await workbench.page.locator('.editor-instance .codelens-decoration', { hasText: 'Run Recipe' }).waitFor();
    assert.match(readFileSync(join(workbench.folder, 'saved.rejuvenation.yaml'), 'utf8'), /- out: made-again$/m);
    assert.equal(await workbench.page.locator('.editor-instance .squiggly-error').count(), 0);
  });
});
