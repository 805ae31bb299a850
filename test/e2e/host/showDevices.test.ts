import assert from 'node:assert/strict';
import { commands } from 'vscode';
import { waitForOutputChannel } from './outputChannel.ts';

describe('Show Devices', () => {
  it('logs the runtime and says that the CPU can run models', async () => {
    await commands.executeCommand('rejuvenation.showDevices');
    const text = await waitForOutputChannel('Rejuvenation', /cpu: /);
    assert.match(text, /ONNX Runtime \d+\.\d+\.\d+/);
    assert.match(text, /cpu: available/);
  });
});
