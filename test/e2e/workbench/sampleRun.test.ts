import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ResetCurve } from '../../../src/method/resetRatio.ts';
import { doubleArray } from '../../../src/record/arrays/arrays.ts';
import { type OpenRecord, readRecord } from '../../../src/record/run/recordFile.ts';
import { bestRanks } from '../../../src/record/run/resetReport.ts';
import { targetWords } from '../../../src/record/run/targets/targetWords.ts';
import { compareRuns, type RunPair } from '../../../src/run/runs/compareRuns.ts';
import { rejuvenate } from '../../cli/rejuvenate.ts';
import { eventually } from '../harness/eventually.ts';
import { expectedCells, sorted } from '../harness/expectedCells.ts';
import { InspectorPage } from '../harness/inspector.ts';
import { useWorkbench } from '../harness/useWorkbench.ts';

describe('The sample, from the palette to a committed checkpoint', () => {
  const workbench = useWorkbench();
  const inspector = new InspectorPage(workbench);
  const recordName = 'sample.rejuvenation.json';
  const recordPath = () => join(workbench.folder, 'rejuvenation-sample', recordName);
  let record: OpenRecord;

  it('runs to a finished record and opens it in the inspector', async () => {
    await workbench.runCommand('Rejuvenation: Try the Sample');
    await workbench.statusItem('Rejuvenation:').waitFor({ timeout: 180_000 });
    await workbench.editorTab(recordName).waitFor({ timeout: 400_000 });
    await inspector.ready();
    record = await readRecord(recordPath());
    assert.equal(record.record.settings.rho, 0.001);
    assert.match(await inspector.text(), /8,640 neurons · 512 targets/);
  });

  it('draws heatmap cells that equal the record', async () => {
    await inspector.showTab('Heatmap');
    await inspector.cell('Whole model').waitFor();
    await eventually(async () => {
      assert.deepEqual(sorted(await inspector.cells()), sorted(expectedCells(record, 0.001)));
    });
    const own = record.record.reset.modules.find(({ layer, projection }) => layer === 5 && projection === 'down_proj')!;
    assert.equal((await inspector.cells()).get('Layer 5 down_proj'), own.neurons);
  });

  it('changes the cells to the exact reset set of any rho, by typing and by keys', async () => {
    for (const percent of [0.3, 2.5]) {
      await inspector.typeRho(percent);
      await eventually(async () => {
        assert.deepEqual(sorted(await inspector.cells()), sorted(expectedCells(record, percent / 100)));
      });
    }
    const before = (await inspector.cells()).get('Whole model')!;
    await inspector.slider.focus();
    for (let i = 0; i < 20; i++) await workbench.page.keyboard.press('ArrowLeft');
    await eventually(async () => assert.ok((await inspector.cells()).get('Whole model')! < before));
    await inspector.typeRho(0.1);
  });

  it('keeps tab, rho and selection when the window is reloaded', async () => {
    await inspector.typeRho(0.2);
    await inspector.cell('Layer 2 v_proj').click();
    await eventually(async () => {
      assert.equal(await inspector.cell('Layer 2 v_proj').getAttribute('aria-selected'), 'true');
    });
    await workbench.reload();
    await inspector.ready();
    await eventually(async () => {
      assert.deepEqual(sorted(await inspector.cells()), sorted(expectedCells(record, 0.002)));
      assert.equal(await inspector.cell('Layer 2 v_proj').getAttribute('aria-selected'), 'true');
    });
    await inspector.typeRho(0.1);
  });

  it('selects in the tree what is selected in the inspector, and the other way round', async () => {
    await workbench.runCommand('Rejuvenation: Focus on Runs View');
    const run = workbench.treeRow('sample');
    await run.waitFor();
    await inspector.cell('Layer 3 k_proj').click();
    const row = workbench.treeRow('k_proj');
    await eventually(async () => {
      assert.equal(await row.getAttribute('aria-selected'), 'true');
    });
    await workbench.treeRow('Layer 1').click();
    await eventually(async () => {
      assert.equal(await inspector.cell('Layer 1, all modules').getAttribute('aria-selected'), 'true');
    });
  });

  it("shows the record's tokens in the word cloud and its texts in the entropy map", async () => {
    await inspector.showTab('Tokens');
    const { words } = targetWords(record.record, record.arrays);
    const labels = await eventuallyLabels(() => inspector.find('.cloud [role=button]'));
    for (const { text, count } of words.slice(0, 5)) {
      const label = `${text.replaceAll(' ', '␣')}, ${count} times a target`;
      assert.ok(
        labels.some((each) => each.startsWith(label)),
        label,
      );
    }
    await inspector.showTab('Entropy');
    const first = record.record.samples[0]!;
    const options = await eventuallyLabels(() => inspector.find('.token-map [role=option]'));
    const targets = options.filter((label) => label.includes(', target, entropy'));
    assert.equal(targets.length, first.targets);
    assert.equal(options.length, first.tokens);
  });

  it('is driven by the palette, and the status bar names the run and comes back to it', async () => {
    await workbench.runCommand('Rejuvenation: Show Heatmap');
    await inspector.cell('Whole model').waitFor();
    await workbench.runCommand('Rejuvenation: Set Rho…');
    await workbench.page.locator('.quick-input-widget').getByText('Rho in percent').waitFor();
    await workbench.quickInput.fill('9');
    await workbench.page.locator('.quick-input-widget').getByText('at most 5 % (0.05)').waitFor();
    await workbench.type('0.3');
    await eventually(async () => {
      assert.deepEqual(sorted(await inspector.cells()), sorted(expectedCells(record, 0.003)));
    });
    const asks = (text: string) => workbench.page.locator('.quick-input-widget').getByText(text).waitFor();
    await workbench.runCommand('Rejuvenation: Set Alpha…');
    // The palette has a box to type into as well: what is typed waits for the box that asks.
    await asks('Alpha, share of SFT');
    await workbench.type('0.25');
    const alpha = inspector.find('.strip').getByRole('textbox', { name: /^alpha/ });
    await eventually(async () => assert.equal(await alpha.inputValue(), '0.25'));
    await workbench.runCommand('Rejuvenation: Export Figure…');
    await workbench.quickRow('Reset ratio, SVG').waitFor();
    await workbench.closeQuickInput();
    await workbench.openFile('calibration.jsonl');
    const { neurons } = new ResetCurve(record.layout, bestRanks(record.layout, record.arrays)).at(0.003);
    const share = ((100 * neurons) / record.layout.total).toFixed(2);
    await workbench.statusItem(`sample: ρ 0.3 %, ${share} % reset`).click();
    await inspector.ready();
    // The page is another one, which the command waits for.
    await workbench.runCommand('Rejuvenation: Next Target');
    const active = () => inspector.find('.tok.target.active').first().getAttribute('data-token');
    await inspector.find('.tok.target.active').first().waitFor();
    const before = await active();
    // Keys reach the commands from inside the page too.
    await inspector.find('.token-map .scroller').focus();
    await workbench.page.keyboard.press('F7');
    await eventually(async () => assert.notEqual(await active(), before));
    await workbench.page.keyboard.press('Shift+F7');
    await eventually(async () => assert.equal(await active(), before));
    await workbench.runCommand('Rejuvenation: Set Alpha…');
    await asks('Alpha, share of SFT');
    await workbench.type('0.5');
    // The box checks what is typed before it goes; the palette would put it aside.
    await eventually(async () => assert.equal(await alpha.inputValue(), '0.5'));
    await workbench.runCommand('Rejuvenation: Set Rho…');
    await asks('Rho in percent');
    await workbench.type('0.1');
    await workbench.statusItem('sample: ρ 0.1 %').waitFor();
  });

  it('says what pushes a target, against the runner-up by the model, and what the first of its neurons does', async () => {
    await inspector.find('.tok.target').first().click();
    await inspector.find('.token-detail .link', { hasText: 'What pushes this token?' }).click();
    const number = (text: string) => Number(text.replace('−', '-'));
    const shown = async () => {
      const terms = await inspector.find('.term-table .rows .row > :nth-child(2)').allTextContents();
      return terms.reduce((sum, term) => sum + number(term), 0);
    };
    const logit = doubleArray(record.arrays, 'targets.logit')[0]!;
    await inspector.find('.waterfall .sum').waitFor();
    // Thirteen terms of three decimals each.
    await eventually(async () =>
      assert.ok(Math.abs((await shown()) - logit) < 0.0075, `${await shown()}, not ${logit}`),
    );
    await inspector.button('Compare with the Runner-Up').click();
    const logits = inspector.find('.logit-head .logits', { hasText: 'difference' });
    await logits.waitFor({ timeout: 180_000 });
    const difference = number(/difference (\S+)/.exec(await logits.innerText())![1]!);
    assert.ok(difference !== 0);
    assert.ok((await logits.innerText()).startsWith(`logit ${logit.toFixed(3)}; runner-up`));
    await inspector.find('.logit-head vscode-single-select').click();
    await inspector.find('.logit-head vscode-single-select li', { hasText: 'gold − runner-up' }).click();
    await eventually(async () => assert.ok(Math.abs((await shown()) - difference) < 0.0085));

    const first = inspector.find('.pushers .rows .row').first();
    const name = await first.locator('> :first-child').innerText();
    await first.click();
    await eventually(async () => assert.equal(await inspector.find('.neuron-head h2').innerText(), name));
    await inspector.find('.neuron-head dd', { hasText: 'of its norm' }).waitFor();
    await inspector.find('.neuron-field').fill('3');
    await inspector.find('.neuron-field').press('Enter');
    const layer = record.layout.modules.find(({ layer, projection }) => layer === 5 && projection === 'down_proj')!;
    await inspector.showTab('Heatmap');
    await inspector.cell('Layer 5 down_proj').click();
    await inspector.find('.selection .link', { hasText: 'first neuron' }).click();
    await eventually(async () =>
      assert.match(await inspector.find('.neuron-head h2').innerText(), /^Layer 5 · down_proj · /),
    );
    const neuron = Number(await inspector.find('.neuron-field').inputValue());
    assert.equal(bestRanks(record.layout, record.arrays)[layer.offset + neuron], 0);
    await inspector.find('.written li').first().waitFor({ timeout: 180_000 });
    assert.equal(await inspector.find('.written div:first-child li').count(), 20);
  });

  it('commits with the chosen rho and alpha the bytes that the command line writes', async () => {
    await inspector.typeRho(0.2);
    await inspector.button('Commit…').click();
    const out = join(workbench.folder, 'from-inspector');
    await workbench.quickInput.fill(out);
    await workbench.page.locator('.quick-input-widget .monaco-list-row', { hasText: `Write ${out}` }).click();
    await workbench.notification('is written and checked').waitFor({ timeout: 180_000 });
    const other = join(workbench.folder, 'from-command-line');
    const { exitCode, stderr } = await rejuvenate(['commit', recordPath(), '--out', other, '--rho', '0.002']);
    assert.equal(exitCode, 0, stderr);
    const names = readdirSync(other).sort();
    assert.deepEqual(readdirSync(out).sort(), names);
    for (const name of names.filter((each) => each !== 'rejuvenation.json')) {
      assert.ok(readFileSync(join(out, name)).equals(readFileSync(join(other, name))), name);
    }
    const manifest = (folder: string) => {
      const { committed, ...rest } = JSON.parse(readFileSync(join(folder, 'rejuvenation.json'), 'utf8'));
      assert.ok(committed);
      return rest;
    };
    assert.deepEqual(manifest(out), manifest(other));
  });

  it('verifies the checkpoint and shows it beside base and SFT', async () => {
    await workbench.notification('is written and checked').getByRole('button', { name: 'Verify' }).click();
    await workbench.notification('from-inspector: entropy').waitFor({ timeout: 180_000 });
    await inspector.showTab('Overview');
    await eventually(async () => assert.match(await inspector.text(), /from-inspector/));
  });

  it('commits in another dtype on request', async () => {
    await inspector.button('Commit…').click();
    const size = () =>
      workbench.page.locator('.quick-input-widget .monaco-list-row', { hasText: 'in 1 file(s)' }).first().innerText();
    const before = await size();
    await workbench.page.locator('.quick-input-widget .monaco-list-row', { hasText: 'Data Type' }).click();
    await workbench.page.locator('.quick-input-widget .monaco-list-row', { hasText: 'float32' }).click();
    await eventually(async () => assert.notEqual(await size(), before));
    const out = join(workbench.folder, 'in-float32');
    await workbench.quickInput.fill(out);
    await workbench.page.locator('.quick-input-widget .monaco-list-row', { hasText: `Write ${out}` }).click();
    await eventually(async () => {
      const manifest = JSON.parse(readFileSync(join(out, 'rejuvenation.json'), 'utf8'));
      assert.equal(manifest.dtype, 'f32');
    }, 60_000);
    const config = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'));
    assert.equal(config.dtype ?? config.torch_dtype, 'float32');
  });

  it('hands the checkpoint over to a trainer, as a document to copy from', async () => {
    await workbench
      .notification('"in-float32" is written and checked')
      .getByRole('button', { name: 'Hand Over…' })
      .click();
    await workbench.pick('TRL');
    await workbench.editorTab('in-float32 to TRL.md').waitFor();
    const lines = workbench.page.locator('.editor-group-container.active .view-lines');
    await lines.getByText('# To TRL').waitFor();
    await lines.getByText('Start GRPO').waitFor();
  });

  it('exports a report that says what the record says, and no text where none is wanted', async () => {
    const out = join(workbench.folder, 'report.html');
    await workbench.runCommand('Rejuvenation: Export Report…');
    await workbench.pick(recordName);
    await workbench.pick('Without it');
    await workbench.saveAs(out, 'sample.html');
    await workbench.notification('Wrote report.html').waitFor();
    const report = await workbench.page.context().newPage();
    try {
      await report.goto(pathToFileURL(out).href);
      await report.locator('header.title').getByText('8,640 neurons · 512 targets').waitFor();
      await report.locator('vscode-tab-header', { hasText: 'Heatmap' }).click();
      const whole = report.locator('[role=gridcell][aria-label^="Whole model:"]');
      const { neurons } = record.record.reset;
      assert.ok((await whole.getAttribute('aria-label'))!.includes(` ${neurons.toLocaleString('en-US')} of `));
    } finally {
      await report.close();
    }
    const html = readFileSync(out, 'utf8');
    assert.ok(!html.includes('calibration.jsonl'));
  });

  it('compares runs, as a page', async () => {
    const beside = (name: string) => join(workbench.folder, name);
    const lines = readFileSync(beside('calibration.jsonl'), 'utf8').split('\n').slice(0, 8);
    writeFileSync(beside('few.jsonl'), lines.join('\n'));
    const other = beside('other.rejuvenation.json');
    const inputs = ['--base', beside('base'), '--sft', beside('sft-mod'), '--calibration', beside('few.jsonl')];
    const { exitCode, stderr } = await rejuvenate(['attribute', ...inputs, '--record', other, '--device', 'cpu']);
    assert.equal(exitCode, 0, stderr);
    await workbench.runCommand('Rejuvenation: Compare Runs…');
    await workbench.tick('other.rejuvenation.json', recordName);
    await workbench.page.locator('.quick-input-title', { hasText: 'Compare Runs: the page' }).waitFor();
    await workbench.saveAs(beside('runs.html'), 'compared-runs.html');
    const [{ whole }] = (await compareRuns([recordPath(), other], undefined)).pairs as [RunPair];
    assert.ok(whole.jaccard! > 0 && whole.jaccard! < 1);
    await workbench.notification(`Wrote runs.html. Jaccard index ${whole.jaccard!.toFixed(3)}, by chance`).waitFor();
    const page = readFileSync(beside('runs.html'), 'utf8');
    assert.match(page, /<h1>Which neurons 2 runs select<\/h1>/);
    assert.ok(page.includes(`<td>${whole.common}</td><td>${whole.jaccard!.toFixed(3)}</td>`));
  });

  async function eventuallyLabels(find: () => ReturnType<typeof inspector.find>): Promise<string[]> {
    await find().first().waitFor();
    return find().evaluateAll((elements) => elements.map((element) => element.getAttribute('aria-label') ?? ''));
  }
});
