import assert from 'node:assert/strict';
import { join } from 'node:path';
import { extensions, LanguageModelTextPart, lm, workspace } from 'vscode';
import { extensionId } from '../extensionId.ts';

describe('Tools for agents', () => {
  const folder = () => workspace.workspaceFolders![0]!.uri.fsPath;
  const invoke = async (name: string, input: object) => {
    const { content } = await lm.invokeTool(`rejuvenation_${name}`, { input, toolInvocationToken: undefined });
    const [part] = content;
    assert.ok(part instanceof LanguageModelTextPart && content.length === 1);
    return JSON.parse(part.value);
  };

  it('are all there, as the manifest contributes them', async () => {
    const extension = extensions.getExtension(extensionId)!;
    await extension.activate();
    const contributed: { name: string }[] = extension.packageJSON.contributes.languageModelTools;
    const names = lm.tools.map(({ name }) => name);
    assert.ok(contributed.length >= 10);
    for (const { name } of contributed) assert.ok(names.includes(name), name);
  });

  it('inspect a pair of the workspace, and nothing outside it', async () => {
    const { usable, base, problems } = await invoke('inspect_pair', {
      base: join(folder(), 'base'),
      sft: join(folder(), 'sft-over'),
    });
    assert.deepEqual([usable, problems, base.kind], [true, [], 'checkpoint']);
    const outside = { base: join(folder(), '..'), sft: join(folder(), 'sft-over') };
    await assert.rejects(invoke('inspect_pair', outside), /outside the folders that may be used here/);
  });
});
