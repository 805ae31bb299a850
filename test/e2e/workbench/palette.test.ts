import assert from 'node:assert/strict';
import { devicesSay } from '../harness/devices.ts';
import { useWorkbench } from '../harness/useWorkbench.ts';

describe('The palette in these tests', () => {
  const workbench = useWorkbench();

  it('stays open when an editor that is late takes the focus', async () => {
    await workbench.openFile('calibration.jsonl');
    await workbench.findCommand('Rejuvenation: Show Devices');
    const editor = workbench.page
      .locator('.editor-group-container.active')
      .locator('.native-edit-context, textarea')
      .first();
    await editor.focus();
    assert.ok(await editor.evaluate((element) => element === element.ownerDocument.activeElement));
    // Long enough for VS Code to close what lost the focus, which it does in a later task.
    await workbench.page.waitForTimeout(500);
    await workbench.pick('Rejuvenation: Show Devices');
    await devicesSay(workbench, /Processor \(CPU\)\s+can be used/);
  });
});
