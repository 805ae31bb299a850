import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readRecord } from '../../../src/record/run/recordFile.ts';
import { root } from '../../paths.ts';
import { eventually } from '../harness/eventually.ts';
import { InspectorPage } from '../harness/inspector.ts';
import { useWorkbench } from '../harness/useWorkbench.ts';

/** The engine that was started last. */
function newestEngine(): number | undefined {
  try {
    return Number(execFileSync('pgrep', ['--newest', '-f', join(root, 'dist', 'engine.cjs')], { encoding: 'utf8' }));
  } catch {
    return undefined;
  }
}

/** Kills the engine, and the one that takes its place. */
async function killEngines(): Promise<void> {
  const first = newestEngine()!;
  process.kill(first, 'SIGKILL');
  await eventually(async () => {
    const second = newestEngine();
    assert.ok(second !== undefined && second !== first, 'the engine is started anew');
    process.kill(second, 'SIGKILL');
  });
}

describe('A run that is stopped', () => {
  const workbench = useWorkbench();
  const inspector = new InspectorPage(workbench);
  const folder = () => join(workbench.folder, 'rejuvenation-sample');
  const record = () => join(folder(), 'sample.rejuvenation.json');
  const partial = () => join(folder(), 'sample.rejuvenation.partial');

  it('is cancelled mid-way, says so, and keeps what was finished', async () => {
    await workbench.runCommand('Rejuvenation: Try the Sample');
    await workbench.statusItem(/Rejuvenation: (SFT entropy|attribution)/).waitFor({ timeout: 180_000 });
    await workbench.runCommand('Rejuvenation: Cancel');
    await workbench.notification('was stopped').getByRole('button', { name: 'Resume' }).waitFor({ timeout: 180_000 });
    assert.ok(existsSync(partial()));
    assert.ok(!existsSync(record()));
  });

  it('tells when the engine is killed twice, and the window lives on', async () => {
    await workbench.runCommand('Rejuvenation: Try the Sample');
    await workbench.statusItem(/Rejuvenation: attribution/).waitFor({ timeout: 180_000 });
    await killEngines();
    await workbench.notification('The engine process was ended by signal SIGKILL').waitFor({ timeout: 180_000 });
    assert.ok(existsSync(partial()));
    await eventually(async () => assert.equal(await workbench.offersCommand('Rejuvenation: Show Devices'), true));
  });

  it('stands in the tree with how far it is, and is resumed there to a record, with its own settings', async () => {
    await workbench.runCommand('Rejuvenation: Focus on Runs View');
    const row = workbench.treeRow('sample, stopped, attribution at');
    await row.waitFor({ timeout: 180_000 });
    await row.hover();
    await row.getByRole('button', { name: 'Resume Run…' }).click();
    await workbench.treeRow('sample, running').waitFor({ timeout: 180_000 });
    await workbench.editorTab('sample.rejuvenation.json').waitFor({ timeout: 400_000 });
    await inspector.ready();
    const { record: made } = await readRecord(record());
    assert.ok(made.run.resumed.base > 0, 'base measures were taken over');
    assert.equal(made.reset.neurons, 1003);
    assert.equal(made.settings.rho, 0.001);
    assert.ok(!existsSync(partial()));
    await workbench.treeRow('sample, stopped').waitFor({ state: 'detached', timeout: 180_000 });
  });
});
