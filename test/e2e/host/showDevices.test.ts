import assert from 'node:assert/strict';
import { commands, TabInputWebview, window } from 'vscode';

describe('Show Devices', () => {
  it('opens one page, however often it is asked for', async () => {
    for (let i = 0; i < 2; i++) await commands.executeCommand('rejuvenation.showDevices');
    const until = Date.now() + 120_000;
    const pages = () =>
      window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .filter(({ label, input }) => label === 'Devices' && input instanceof TabInputWebview);
    while (pages().length === 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(pages().length, 1);
  });
});
