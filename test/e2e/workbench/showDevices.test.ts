import assert from 'node:assert/strict';
import { devicesSay } from '../harness/devices.ts';
import { eventually } from '../harness/eventually.ts';
import { takeGallery } from '../harness/gallery.ts';
import { useWorkbench } from '../harness/useWorkbench.ts';

describe('Show Devices', () => {
  const workbench = useWorkbench();

  it('shows a page that says of each device whether it can be used, and opens no log', async () => {
    await workbench.runCommand('Rejuvenation: Show Devices');
    const text = await devicesSay(workbench, /ONNX Runtime \d+\.\d+\.\d+/);
    assert.match(text, /Processor \(CPU\)\s+can be used/);
    assert.match(text, /Runs use .*rejuvenation\.device is auto/);
    assert.equal(await workbench.page.locator('.panel .output-view').count(), 0);
  });

  it('follows the theme and fits the width', async () => {
    const shown = () => workbench.webview.locator('#devices:not([aria-busy])').waitFor();
    await takeGallery(workbench, { devices: shown }, async ({ size }) => {
      await eventually(async () => {
        const extra = await workbench.webview.locator('html').evaluate((html) => html.scrollWidth - html.clientWidth);
        assert.ok(extra <= 0, `${size}: the page is ${extra} pixels wider than its view`);
      });
    });
  });

  it('sets the device that is chosen in its list, and says so', async () => {
    await workbench.webview.getByRole('button', { name: 'Choose device…' }).click();
    await workbench.pick('cpu');
    await devicesSay(workbench, /Runs use Processor \(CPU\), as the setting rejuvenation\.device says/);
  });

  it('copies what it says as text', async () => {
    await workbench.webview.getByRole('button', { name: 'Copy' }).click();
    await eventually(async () => {
      const text = await workbench.page.evaluate('navigator.clipboard.readText()');
      assert.match(String(text), /^ONNX Runtime .*\n[\s\S]*^cpu: available$/m);
    });
  });
});
