import assert from 'node:assert/strict';
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readReadiness } from '../../../src/record/readiness/readinessFile.ts';
import { sampleFolder } from '../../paths.ts';
import { LocalServer, sendError } from '../../unit/run/readiness/endpoint/localServer.ts';
import { eventually } from '../harness/eventually.ts';
import { takeGallery } from '../harness/gallery.ts';
import { useWorkbench } from '../harness/useWorkbench.ts';

describe('Measure Readiness…', () => {
  const workbench = useWorkbench({ contents: ['media/sample/base'], settings: { 'rejuvenation.device': 'cpu' } });
  const record = () => join(workbench.folder, 'run.readiness.json');
  const find = (selector: string) => workbench.webview.locator(selector);
  const asks = (text: string) => workbench.page.locator(`.quick-input-widget input[placeholder^="${text}"]`).waitFor();
  const said = (hasText: string) =>
    workbench.page.locator('.quick-input-widget .quick-input-message', { hasText }).waitFor();
  /** A row of the open list, whatever icon it has. */
  const rowWith = (hasText: string) =>
    workbench.page.locator('.quick-input-widget .monaco-list-row', { hasText }).first();
  /** Changes a setting in the summary that is open. */
  const set = async (setting: string, value: string) => {
    await asks('Start, or change');
    // The last ones are out of sight otherwise.
    await workbench.quickInput.fill(setting);
    await workbench.pick(setting);
    await workbench.page.locator('.quick-input-widget .quick-input-message').waitFor();
    await workbench.type(value);
  };

  before('make a training run of the sample’s checkpoints', async () => {
    const run = join(workbench.folder, 'run');
    await mkdir(run);
    await cp(join(sampleFolder, 'sft-mod'), join(run, 'checkpoint-20'), { recursive: true });
    await cp(join(sampleFolder, 'sft-over'), join(run, 'checkpoint-320'), { recursive: true });
    const rows = [3, 4, 5].map((n) =>
      JSON.stringify({ task: `Question: what is ${n} + ${n}?\nAnswer:`, answer: String(2 * n) }),
    );
    await writeFile(join(workbench.folder, 'problems.jsonl'), rows.join('\n'));
  });

  it('asks for a series, its base, prompts and settings, sums up, and opens the page', async () => {
    await workbench.runCommand('Rejuvenation: Measure Readiness…');
    await rowWith('Sampled on this machine').click();
    await asks('Checkpoints to measure');
    await workbench.tick('run');
    await asks('The base');
    await workbench.pick('base');
    await asks('Prompts with their right answers');
    await rowWith('problems.jsonl').click();
    await said('it has no prompt');
    await workbench.type('task, answer');
    await set('Answers', '4');
    await set('Longest answer', '16');
    await asks('Start, or change');
    await workbench.pick('Grader');
    await asks('What tells whether');
    await workbench.pick('last-number');
    await asks('Start, or change');
    const start = rowWith('Start');
    assert.match(
      (await start.getAttribute('aria-label'))!,
      /3 checkpoints × 3 prompts × 4 answers = 36 answers, at most 576 tokens.*Nothing leaves this machine/,
    );
    await start.click();
    await workbench.editorTab('run.readiness.json').waitFor({ timeout: 240_000 });
    await find('[data-figure=pass-at-k] .curve').first().waitFor();
    const { rows, sampling } = await readReadiness(record());
    assert.deepEqual(
      rows.map(({ name, isBase, checkpoint }) => [name, isBase, checkpoint!.step]),
      [
        ['base', true, undefined],
        ['checkpoint-20', false, 20],
        ['checkpoint-320', false, 320],
      ],
    );
    assert.deepEqual([sampling!.samples, sampling!.maxTokens, sampling!.grader.name], [4, 16, 'last-number']);
    assert.deepEqual(
      await find('[data-table=verdict] tbody th bdi').allInnerTexts(),
      rows.map(({ name }) => name),
    );
    assert.equal(await find('[data-figure=pass-at-k] .curve').count(), 3);
    assert.match(await find('[data-figure=entropy-histogram] .caption').innerText(), /sampled at T = 1/);
    // Nothing unfinished is left.
    assert.deepEqual((await readdir(workbench.folder)).sort(), ['base', 'problems.jsonl', 'run', 'run.readiness.json']);
  });

  it('samples by a server, says where prompts go, keeps what was got when it refuses, and resumes', async () => {
    let refusing = true;
    const server = await LocalServer.start({
      fault: (response, number) => refusing && number >= 2 && sendError(response, 403, 'Quota exceeded'),
    });
    try {
      await workbench.runCommand('Rejuvenation: Measure Readiness…');
      await rowWith('Sampled by a server').click();
      await asks('The server’s address');
      await workbench.type(server.origin);
      await said('Models to measure');
      await workbench.type('made/model');
      await said('The base’s name');
      await workbench.type('');
      await asks('Prompts with their right answers');
      await rowWith('problems.jsonl').click();
      await said('it has no prompt');
      await workbench.type('task, answer');
      await set('Longest answer', '16');
      await set('Verdict', '');
      await asks('Start, or change');
      assert.match(
        (await rowWith('Start').getAttribute('aria-label'))!,
        /1 checkpoint × 3 prompts × 16 answers.*Prompts are sent to http:\/\/127\.0\.0\.1:\d+, without an API key, and nowhere else/,
      );
      await rowWith('Start').click();
      await workbench.notification('Quota exceeded').waitFor();
      const kept = workbench.notification('prompts that have all their answers are kept');
      await kept.waitFor();
      refusing = false;
      await kept.getByRole('button', { name: 'Resume' }).click();
      await workbench.editorTab('model.readiness.json').waitFor();
      // Two prompts were answered, and are not asked for again.
      assert.equal(server.asked.length, 3 + 1);
      const { rows, conditions } = await readReadiness(join(workbench.folder, 'model.readiness.json'));
      assert.deepEqual([rows.length, rows[0]!.sampled[0]!.counts.length, conditions], [1, 3, []]);
      await find('[data-figure=entropy-histogram], [data-figure=pass-at-k]').first().waitFor();
    } finally {
      await server.stop();
    }
  });

  it('takes files of rollouts, and a program that grades after it was agreed to once', async () => {
    const answers = ['7', '8', '7', '9'].map((response) => JSON.stringify({ prompt: 'What is 3 + 4?', response }));
    await writeFile(join(workbench.folder, 'rollouts.jsonl'), answers.join('\n'));
    await writeFile(
      join(workbench.folder, 'grade.mjs'),
      `for (const line of (await import('node:fs')).readFileSync(0, 'utf8').trim().split('\\n'))
        console.log(JSON.stringify({ correct: JSON.parse(line).response === '7' }));`,
    );
    await workbench.runCommand('Rejuvenation: Measure Readiness…');
    await rowWith('Sampled before').click();
    await asks('Files of rollouts');
    await rowWith('rollouts.jsonl').click();
    await asks('Rollouts of the base');
    await rowWith('No base').click();
    for (const first of [true, false]) {
      await asks('Start, or change');
      await workbench.pick('Grader');
      await asks('What tells whether');
      await workbench.quickInput.fill('command');
      await workbench.pick('command');
      await said('Program and arguments');
      await workbench.type(JSON.stringify([process.execPath, 'grade.mjs']));
      if (!first) continue;
      const consent = rowWith('Let It Grade');
      assert.ok((await consent.innerText()).includes(join(workbench.folder, 'grade.mjs')));
      await consent.click();
    }
    await asks('Start, or change');
    await rowWith('Start').click();
    await workbench.editorTab('rollouts.readiness.json').waitFor();
    const { rows, sampling } = await readReadiness(join(workbench.folder, 'rollouts.readiness.json'));
    assert.equal(sampling!.grader.name, 'command');
    assert.deepEqual(rows[0]!.sampled[0]!.counts, [{ samples: 4, correct: 2 }]);
  });

  it('is listed in the view, and opens from there', async () => {
    await workbench.runCommand('View: Close All Editors');
    await workbench.runCommand('Rejuvenation: Focus on Runs View');
    await workbench.treeRow('run, readiness').click();
    await find('[data-table=verdict]').waitFor();
  });

  it('follows the theme and fits the width', async () => {
    await workbench.runCommand('Notifications: Clear All Notifications');
    const show = () => find('[data-figure=coverage] rect').first().waitFor();
    await takeGallery(workbench, { readiness: show }, async ({ size }) => {
      await eventually(async () => {
        const extra = await find('.readiness-view').evaluate((view) => view.scrollWidth - view.clientWidth);
        assert.ok(extra <= 0, `${size}: the page is ${extra} pixels wider than its view`);
      });
    });
  });
});
