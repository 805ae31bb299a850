import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hangOnLines, ordinaryPrompt } from '../../hangingTokenizer.ts';
import { root } from '../../paths.ts';
import { devicesSay } from '../harness/devices.ts';
import { eventually } from '../harness/eventually.ts';
import { useWorkbench } from '../harness/useWorkbench.ts';

/** Whether a process tokenises for this extension. */
function tokenises(): boolean {
  try {
    execFileSync('pgrep', ['-f', join(root, 'dist', 'tokenizer.cjs')]);
    return true;
  } catch {
    return false;
  }
}

describe('A tokenizer that hangs', () => {
  const workbench = useWorkbench({
    contents: ['test/fixtures/checkpoints/tiny-qwen3-tied'],
    settings: { 'rejuvenation.device': 'cpu' },
  });
  const at = (path: string) => join(workbench.folder, path);
  const title = (text: string) => workbench.page.locator('.quick-input-title', { hasText: text });

  before(() => {
    for (const which of ['base', 'sft']) hangOnLines(at(`tiny-qwen3-tied/${which}/tokenizer.json`));
    // The first line is done at once, and is seen to be.
    const lines = [
      { prompt: 'a', response: 'b' },
      { prompt: ordinaryPrompt, response: 'c' },
    ];
    writeFileSync(at('pairs.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  });

  it('is left by Escape while a calibration is checked, and the extension answers', async () => {
    await workbench.runCommand('Rejuvenation: Rejuvenate Checkpoint…');
    await title('(1/4)').waitFor();
    await workbench.type(at('tiny-qwen3-tied/sft'));
    await title('(2/4)').waitFor();
    await workbench.type(at('tiny-qwen3-tied/base'));
    await title('(3/4)').waitFor();
    await workbench.type(at('pairs.jsonl'));
    await title('tokenised (3/4)').waitFor();
    assert.ok(tokenises());
    await workbench.page.keyboard.press('Escape');
    await workbench.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
    await eventually(async () => assert.ok(!tokenises()));
    await workbench.runCommand('Rejuvenation: Show Log');
    await workbench.page.locator('.panel .output-view').waitFor();
  });

  it('lets other commands work beside a job that it holds, which can be cancelled', async () => {
    await workbench.runCommand('Rejuvenation: Compare Checkpoints…');
    await title('(1/2)').waitFor();
    await workbench.type(at('tiny-qwen3-tied/base'));
    await title('(2/2)').waitFor();
    const row = workbench.quickRow('sft');
    const ticked = row.and(workbench.page.locator('[aria-checked=true]'));
    await eventually(async () => {
      if ((await ticked.count()) > 0) return;
      await row.locator('.monaco-checkbox').click();
      await ticked.waitFor({ timeout: 3000 });
    });
    await workbench.quickInput.press('Enter');
    await workbench.pick('pairs.jsonl');
    await workbench.statusItem(/Rejuvenation: load \d+ %/).waitFor();
    assert.ok(tokenises());
    await workbench.runCommand('Rejuvenation: Show Devices');
    await devicesSay(workbench, /Processor \(CPU\)\s+can be used/);
    assert.ok(tokenises(), 'the job is held all the while');
    await workbench.runCommand('Rejuvenation: Cancel');
    await workbench.notification('was stopped').waitFor();
    await eventually(async () => assert.ok(!tokenises()));
  });
});
