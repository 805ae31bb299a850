import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSweep } from '../../../src/record/sweep/sweepFile.ts';
import { eventually } from '../harness/eventually.ts';
import { InspectorPage } from '../harness/inspector.ts';
import { useWorkbench } from '../harness/useWorkbench.ts';

describe('Measuring without a commit', () => {
  const workbench = useWorkbench({ record: 'quick' });
  const inspector = new InspectorPage(workbench);
  const beside = (name: string) => join(workbench.folder, name);
  const field = (name: RegExp) => inspector.find('.strip').getByRole('textbox', { name });

  it('measures what is set from the overview, and keeps it', async () => {
    await workbench.openFile('sample.rejuvenation.json');
    await inspector.ready();
    const record = readFileSync(beside('sample.rejuvenation.json'));
    await inspector.typeRho(0.2);
    const line = inspector.find('.measure-line');
    await eventually(async () => assert.match(await line.innerText(), /\(ρ 0\.2 %, α 0\.5\): not measured\./));
    await line.getByRole('button', { name: 'Measure' }).click();
    await line.getByRole('button', { name: 'Cancel' }).waitFor();
    await line.getByText('measured without a commit').waitFor({ timeout: 180_000 });
    const { points } = await readSweep(beside('sample.measured.sweep.json'));
    assert.deepEqual(
      points.map(({ rho, alpha }) => [rho, alpha]),
      [[0.002, 0.5]],
    );
    const row = await inspector.find('svg.metrics').getAttribute('aria-label');
    assert.match(row!, new RegExp(`at this ρ, α: entropy ${points[0]!.all.entropy.toFixed(3)}`));
    assert.deepEqual(readFileSync(beside('sample.rejuvenation.json')), record);
  });

  it('sweeps with a plan first, streams the points, and a click sets rho and alpha', async () => {
    await inspector.showTab('Sweep');
    await inspector.button('Run Sweep…').click();
    const list = workbench.page.locator('.quick-input-widget');
    const asks = (text: string) => list.getByText(text).first().waitFor();
    const rowWith = (hasText: string) => list.locator('.monaco-list-row', { hasText }).first();
    const set = async (setting: string, value: string) => {
      await workbench.quickInput.fill(setting);
      await workbench.pick(setting);
      await list.locator('.quick-input-message').waitFor();
      await workbench.type(value);
      await list.getByText('Sample These').waitFor();
    };
    const problems = [3, 4].map((n) => JSON.stringify({ prompt: `What is ${n} + ${n}?`, answer: String(2 * n) }));
    writeFileSync(beside('problems.jsonl'), problems.join('\n'));
    // The list has a box to type into as well: what is typed waits for the box that asks.
    await workbench.quickRow('alpha').click();
    await asks('alphas, 0 to 1, separated by commas');
    await workbench.type('0.6');
    await workbench.quickRow('rho in percent').click();
    await asks('rhos in percent, separated by commas');
    await workbench.type('0, 0.1, 1');
    await asks('3 points, about');
    await workbench.quickRow('Anchors').click();
    await asks('Anchors of the sweep');
    await workbench.tick('sft-mod');
    await asks('6 points, about');
    await workbench.quickRow('Sampled answers').click();
    await rowWith('problems.jsonl').click();
    await asks('6 points × 2 prompts × 17 answers = 204 answers, at most 208.9K tokens');
    await set('Answers', '2');
    await set('Longest answer', '4');
    await asks('6 points × 2 prompts × 3 answers = 36 answers, at most 144 tokens');
    await rowWith('Sample These').click();
    await asks('answers not counted');
    await rowWith('Start').click();
    await workbench.notification('Swept 6 points into').waitFor({ timeout: 240_000 });
    const swept = await readSweep(beside('sample.sweep.json'));
    assert.deepEqual(
      swept.anchors.map(({ folder }) => folder),
      [beside('sft-mod')],
    );
    assert.deepEqual(
      swept.points.map(({ anchor, sampled }) => [
        anchor,
        sampled?.prompts,
        sampled?.samples,
        sampled?.evaluation?.samples,
      ]),
      [null, 0].flatMap((anchor) => Array.from({ length: 3 }, () => [anchor, 2, 2, 1])),
    );
    const cell = inspector.cell('ρ 1 %, α 0.6');
    const { targets } = swept.points.find(({ rho, anchor }) => rho === 0.01 && anchor === null)!;
    await eventually(async () =>
      assert.equal(
        await cell.getAttribute('aria-label'),
        `ρ 1 %, α 0.6: entropy at targets ${targets.entropy.toFixed(3)}`,
      ),
    );
    await cell.click();
    await eventually(async () => {
      assert.equal(await field(/^rho/).inputValue(), '1');
      assert.equal(await field(/^alpha/).inputValue(), '0.6');
    });
    assert.deepEqual(
      readdirSync(workbench.folder).filter((name) => /partial|lock|staging/.test(name)),
      [],
    );
    // Another page asks anew.
    await workbench.openFile('calibration.jsonl');
    await workbench.openFile('sample.rejuvenation.json');
    await inspector.ready();
    await inspector.showTab('Overview');
    await inspector.find('.measure-line').getByText('measured without a commit').waitFor();
  });
});
