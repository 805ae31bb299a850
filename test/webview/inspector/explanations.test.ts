import assert from 'node:assert/strict';
import type { Frame } from 'playwright-core';
import type { Explanation } from '../../../src/protocol/explanation.ts';
import { writeGalleryRun } from '../../figures/records/galleryRun.ts';
import { assertAccessible } from '../accessibility.ts';
import { assertEventually } from '../eventually.ts';
import { show, useInspectorPage } from './useInspectorPage.ts';

/** A number as the page writes it, its minus sign included. */
const numberOf = (text: string) => Number(text.replace('−', '-'));

/** The heights of the waterfall's bars, in the page's own scale, and what the table says that each adds. */
async function termsShown(frame: Frame): Promise<{ readonly adds: number[]; readonly sums: number[] }> {
  const column = (place: number) =>
    frame
      .locator(`.term-table .rows .row > :nth-child(${place})`)
      .allTextContents()
      .then((texts) => texts.map(numberOf));
  return { adds: await column(2), sums: await column(3) };
}

describe('inspector page: neurons and logits', () => {
  const inspector = useInspectorPage();

  /** The record with what pushes each target, whose checkpoints are not there. */
  async function startGallery() {
    await writeGalleryRun(inspector.path);
    await inspector.server.document.load();
    return inspector.start({ height: 1400 });
  }

  it('leads from a ranking to a neuron, from there to a target, and from its neurons back', async () => {
    const { frame } = await startGallery();
    await show(frame, 'attribution');
    await frame.click('.neurons .head button:has-text("best rank")');
    await frame.waitForSelector('.neurons [aria-sort]:not([aria-sort=none]):has-text("best rank")');
    await frame.locator('.neurons .rows .row').first().click();
    await frame.waitForSelector('.pushed li');
    const name = await frame.textContent('.neuron-head h2');
    assert.match(name ?? '', /^Layer \d · \w+_proj · \d+$/);
    // The best four share the first place, from target to target: 24 targets, 8 of each sample.
    assert.match(
      (await frame.getAttribute('svg.score-strip', 'aria-label')) ?? '',
      /: known at 6 of 24 targets, from /,
    );
    assert.match(
      (await frame.textContent('[data-figure=neuron-scores] .caption')) ?? '',
      /The run wrote no score file/,
    );
    await assertEventually(
      async () => ((await frame.locator('.neuron-head dd').last().textContent()) ?? '').includes('/models/sft'),
      true,
    );
    await assertAccessible(frame);

    await frame.locator('.pushed .context').first().click();
    await frame.waitForSelector('.waterfall .sum');
    const { adds, sums } = await termsShown(frame);
    assert.equal(adds.length, 2 * 4 + 1);
    const logit = Number(/logit ([\d.]+)/.exec((await frame.textContent('.logit-head .logits')) ?? '')?.[1]);
    const total = adds.reduce((sum, term) => sum + term, 0);
    assert.ok(Math.abs(total - logit) < 0.001 * adds.length, `${total}, not ${logit}`);
    assert.ok(Math.abs(sums.at(-1)! - logit) < 0.0015, `${sums.at(-1)}, not ${logit}`);
    await assertAccessible(frame);
    assert.match(await saved(frame, 'waterfall'), /^term,layer,value,sum_before\r\nembedding,,/);
    await frame.locator('.pushers .rows .row').first().click();
    await assertEventually(() => frame.textContent('.neuron-head h2'), name);
    assert.match(await saved(frame, 'neuron-scores'), /^target,score\r\n(\d+,[\d.]+\r\n){6}$/);
  });

  /** A figure's numbers, as the page has them saved. */
  async function saved(frame: Frame, figure: string): Promise<string> {
    const exports = () => inspector.heard('request').filter(({ request }) => request.name === 'export');
    const before = exports().length;
    await frame.click(`[data-figure=${figure}] .saves .link:text-is("CSV")`);
    await assertEventually(async () => exports().length, before + 1);
    const { request } = exports().at(-1)!;
    assert.ok(request.name === 'export');
    return Buffer.from(request.file.bytes).toString('utf8');
  }

  it('shows a neuron by its number, and the others of its unit', async () => {
    const { frame } = await startGallery();
    await show(frame, 'heatmap');
    // A row has seven modules and their sum.
    await frame.locator('g.cell[data-row="1"][data-column="6"]').click();
    await frame.click('.selection .link:has-text("first neuron")');
    await frame.waitForSelector('.neuron-head h2:has-text("Layer 1 · down_proj")');
    await frame.fill('.neuron-field', '7');
    await frame.press('.neuron-field', 'Enter');
    await assertEventually(() => frame.textContent('.neuron-head h2'), 'Layer 1 · down_proj · 7');
    await frame.fill('.neuron-field', '4000');
    await frame.press('.neuron-field', 'Enter');
    await assertEventually(() => frame.inputValue('.neuron-field'), '7');
    await frame.click('.neuron-head .link:has-text("up_proj 7")');
    await assertEventually(() => frame.textContent('.neuron-head h2'), 'Layer 1 · up_proj · 7');
    const selected = inspector.heard('select').at(-1);
    assert.deepEqual(selected?.selection, { layer: 1, projection: 'up_proj' });
  });

  it('says of an older record, and of a token that is no target, what it does not know', async () => {
    const { frame } = await inspector.start();
    await show(frame, 'neuron');
    await frame.waitForSelector('.pushed ~ *, .neuron-view .empty:has-text("Not recorded.")');
    assert.match((await frame.textContent('[data-figure=neuron-scores] .caption')) ?? '', /run again to have them/);
    await show(frame, 'entropy');
    await frame.waitForSelector('.tok.target');
    await frame.locator('.tok.target').first().click();
    await frame.click('.token-detail .link:has-text("What pushes this token?")');
    await frame.waitForSelector('.logit-head .empty:has-text("Run again to have it")');
    await frame.click('.logit-head vscode-button:has-text("Explain with the Model")');
    await frame.waitForSelector('.logit-head .empty:has-text("/models/sft")');
    await assertAccessible(frame);
  });

  it('shows gold token, runner-up and their difference once the model has run', async () => {
    const { arrays } = await (async () => {
      await writeGalleryRun(inspector.path);
      await inspector.server.document.load();
      return inspector.server.document.opened;
    })();
    const [sample, row] = [arrays.get('targets.sample')![0]!, arrays.get('targets.row')![0]!];
    const side = (token: number, text: string, terms: readonly number[]) => ({
      ...{ token, text, logit: terms.reduce((sum, term) => sum + term, 0) },
      terms: Float32Array.from(terms),
    });
    const explanation: Explanation = {
      ...{ sample, row },
      gold: side(1, ' gold', [1, 0, 0, 0, 0, 0, 0, 0, 4, 0.5]),
      runner: side(2, '<b>runner</b>', [1, 2, 0, 0, 0, 0, 0, 0, -1, 0.5]),
      neurons: Int32Array.of(3, 40),
      goldScores: Float32Array.of(0.5, -0.25),
      runnerScores: Float32Array.of(0.25, 1),
    };
    const { document } = inspector.server;
    const explain = document.explain.bind(document);
    document.explain = async (request) => (request.name === 'explain' ? explanation : explain(request));
    const { frame } = await inspector.start({ height: 1400 });
    await show(frame, 'entropy');
    await frame.waitForSelector('.tok.target');
    await frame.locator('.tok.target').first().click();
    await frame.click('.token-detail .link:has-text("What pushes this token?")');
    await frame.click('.logit-head vscode-button:has-text("Compare with the Runner-Up")');
    await frame.waitForSelector('.logit-head :text("<b>runner</b>")');
    assert.deepEqual((await termsShown(frame)).adds, [1, 0, 0, 0, 0, 0, 0, 0, 4, 0.5]);
    await frame.evaluate(`(() => {
      const select = document.querySelector('.logit-head vscode-single-select');
      select.value = 'difference';
      select.dispatchEvent(new Event('change'));
    })()`);
    // The same bias on both sides is no difference.
    await assertEventually(async () => (await termsShown(frame)).adds.join(), [0, -2, 0, 0, 0, 0, 0, 0, 5].join());
    assert.deepEqual(await frame.locator('.pushers .rows .row > :nth-child(2)').allTextContents(), [
      '+0.250',
      '−1.250',
    ]);
    assert.equal(await frame.locator('.waterfall .attention.less').count(), 1);
  });
});
