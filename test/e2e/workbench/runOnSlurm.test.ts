import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readRecord } from '../../../src/record/run/recordFile.ts';
import { setEnvironment } from '../../environment.ts';
import type { SlurmCluster } from '../../slurm/slurmCluster.ts';
import { startOrSkip } from '../../slurm/startOrSkip.ts';
import { InspectorPage } from '../harness/inspector.ts';
import { useWorkbench } from '../harness/useWorkbench.ts';

describe('Run on Slurm…', () => {
  let cluster: SlurmCluster;
  let restore = () => {};
  // Before the window, whose extension host calls Slurm's programs.
  before(async function () {
    cluster = await startOrSkip(this);
    restore = setEnvironment(cluster.environment);
  });
  after(async () => {
    restore();
    await cluster?.stop();
  });
  const workbench = useWorkbench({
    contents: ['test/fixtures/checkpoints/tiny-qwen3-tied', 'test/fixtures/checkpoints/tiny-calibration.jsonl'],
    settings: {
      'rejuvenation.topN': 3,
      'rejuvenation.threads': 1,
      'rejuvenation.runOn': 'slurm',
      'rejuvenation.slurm': { shards: 2, mem: '500M', partition: 'main' },
    },
  });
  const inspector = new InspectorPage(workbench);
  const at = (...path: string[]) => join(workbench.folder, ...path);

  it('asks as ever, submits job arrays, and ends in the open inspector', async () => {
    await workbench.runCommand('Rejuvenation: Run on Slurm…');
    const step = (number: number) =>
      workbench.page.locator('.quick-input-title', { hasText: `on Slurm (${number}/4)` });
    for (const [number, path] of [
      [1, at('tiny-qwen3-tied', 'sft')],
      [2, at('tiny-qwen3-tied', 'base')],
      [3, at('tiny-calibration.jsonl')],
    ] as const) {
      await step(number).waitFor();
      await workbench.type(path);
    }
    await step(4).waitFor();
    await workbench.page.locator('.quick-input-widget .monaco-list-row', { hasText: 'Start' }).click();
    await workbench.editorTab('sft.rejuvenation.json').waitFor({ timeout: 180_000 });
    await inspector.ready();
    const { record } = await readRecord(at('sft.rejuvenation.json'));
    assert.deepEqual([record.settings.topN, record.engine.device], [3, 'cpu']);
    for (const log of ['base-1.log', 'sft-0.log', 'attribution-1.log', 'merge-0.log']) {
      assert.ok(existsSync(at('sft.rejuvenation.slurm', 'logs', log)), log);
    }
    assert.deepEqual(cluster.queue(), []);
  });

  it('takes a commit there as well, where rejuvenation.runOn says so', async () => {
    await inspector.button('Commit…').click();
    await workbench.quickInput.fill(at('made'));
    await workbench.page.locator('.quick-input-widget .monaco-list-row', { hasText: `Write ${at('made')}` }).click();
    await workbench.notification('is written and checked').waitFor({ timeout: 60_000 });
    assert.ok(existsSync(at('made', 'rejuvenation.json')));
    assert.ok(existsSync(at('made.commit.slurm', 'logs', 'check-0.log')));
    assert.deepEqual(cluster.queue(), []);
  });

  it('goes on when the window is closed, and is offered in the next', async () => {
    await workbench.notification('is written and checked').getByRole('button', { name: 'Verify' }).click();
    await cluster.until(() => cluster.queue().length > 0, 'jobs of the verification');
    await workbench.notification('Verification of made on Slurm').waitFor({ timeout: 30_000 });
    await workbench.reload();
    const offer = workbench.notification('Verification of made was on Slurm when this window was closed');
    await offer.getByRole('button', { name: 'Follow' }).click({ timeout: 60_000 });
    await cluster.until(async () => {
      const { record } = await readRecord(at('sft.rejuvenation.json'));
      return record.measurements.some(({ name }) => name === 'made');
    }, 'the verification');
    await cluster.until(() => cluster.queue().length === 0, 'an empty queue');
    await inspector.ready();
  });
});
