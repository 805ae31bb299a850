import assert from 'node:assert/strict';
import { eventually } from '../harness/eventually.ts';
import { useWorkbench } from '../harness/useWorkbench.ts';

describe('A window in which nothing ran yet', () => {
  const workbench = useWorkbench();

  it('offers in the Explorer to rejuvenate and to compare a checkpoint', async () => {
    const { page } = workbench;
    const folder = workbench.treeRow('sft-over');
    const menu = page.locator('.monaco-menu .action-label');
    await eventually(async () => {
      await page.keyboard.press('Escape');
      await folder.click({ button: 'right' });
      const labels = await menu.allInnerTexts();
      assert.ok(labels.includes('Rejuvenate Checkpoint…'), labels.join(' | '));
      assert.ok(labels.includes('Compare Checkpoints…'), labels.join(' | '));
    }, 60_000);
    await page.keyboard.press('Escape');
  });

  it('offers in its view the run, the comparison, the sample and the walkthrough, which opens', async () => {
    await workbench.runCommand('Rejuvenation: Focus on Runs View');
    const button = (name: string) => workbench.page.locator('.sidebar').getByRole('button', { name });
    for (const name of ['Rejuvenate Checkpoint…', 'Compare Checkpoints…', 'Try the Sample']) {
      await button(name).first().waitFor();
    }
    await button('Open the Walkthrough').click();
    await workbench.page
      .locator('.gettingStartedContainer')
      .getByText('Rejuvenate an over-trained checkpoint')
      .first()
      .waitFor();
  });
});
