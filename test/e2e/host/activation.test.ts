import assert from 'node:assert/strict';
import { realpathSync } from 'node:fs';
import { commands, extensions } from 'vscode';
import { extensionId } from '../extensionId.ts';
import { hostVariables } from './variables.ts';

describe('Activation', () => {
  const extension = () => {
    const found = extensions.getExtension(extensionId);
    assert.ok(found, `VS Code does not know ${extensionId}`);
    return found;
  };

  it('activates', async () => {
    await extension().activate();
    assert.equal(extension().isActive, true);
  });

  it('runs from the folder under test', () => {
    const { extensionFolder } = hostVariables();
    assert.ok(extensionFolder);
    const from = realpathSync(extension().extensionPath);
    assert.ok(from.startsWith(realpathSync(extensionFolder)), `${from} is not in ${extensionFolder}`);
  });

  it('registers every command that the manifest contributes', async () => {
    const manifest: { contributes: { commands: { command: string }[] } } = extension().packageJSON;
    await extension().activate();
    const known = new Set(await commands.getCommands(true));
    const missing = manifest.contributes.commands.map(({ command }) => command).filter((id) => !known.has(id));
    assert.deepEqual(missing, []);
  });
});
