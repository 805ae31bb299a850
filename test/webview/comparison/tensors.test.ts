import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { readSafetensors } from '../../../src/checkpoint/safetensors/safetensorsFile.ts';
import { assertEventually } from '../eventually.ts';
import { folders } from '../hostileComparison.ts';
import { webviewFrame } from '../webviewPage.ts';
import { table } from './table.ts';
import { show, useComparisonPage } from './useComparisonPage.ts';

function chosenTensor(frame: Frame): Promise<string> {
  const select = frame.locator('.tensor-choice vscode-single-select');
  return select.evaluate((element) => (element as unknown as { readonly value: string }).value);
}

/** A text once it is another and stays: the page draws once a frame, and what was done with the mouse before may take several. */
async function settled(
  frame: Frame,
  read: () => Promise<string | null>,
  before: string | null,
): Promise<string | null> {
  await assertEventually(async () => (await read()) === before, false);
  for (let last = await read(); ; ) {
    for (let i = 0; i < 5; i++) await frame.evaluate('new Promise(requestAnimationFrame)');
    const now = await read();
    if (now === last) return now;
    last = now;
  }
}

/** Elements of a bf16 tensor. */
async function bfloat16(folder: string, tensor: string): Promise<Float32Array> {
  const { data } = (await readSafetensors(join(folder, 'model.safetensors'))).get(tensor)!;
  const bits = new Uint16Array(Uint8Array.from(data).buffer);
  return new Float32Array(Uint32Array.from(bits, (half) => half << 16).buffer);
}

describe('comparison page: tensors', () => {
  const comparison = useComparisonPage();
  const { start, save, position } = comparison;

  it('maps every tensor of every pair by any statistic', async () => {
    const { record } = comparison;
    const { frame } = await start();
    const cells = () => frame.locator('.maps g.cell').count();
    assert.equal(await cells(), record.pairs.length * record.tensors.length);
    const { text } = await save(frame, 'Save “What changed” as CSV');
    const [head, ...rows] = table(text);
    assert.equal(rows.length, record.pairs.length * record.tensors.length);
    const at = (column: string) => head!.indexOf(column);
    rows.forEach((row, i) => {
      const pair = Math.floor(i / record.tensors.length);
      const difference = record.differences[pair]![i % record.tensors.length]!;
      assert.equal(Number(row[at('norm')]), difference.norm);
      assert.equal(Number(row[at('maxAbs')]), difference.maxAbs);
      assert.equal(Number(row[at('unchanged')]), difference.unchangedShare);
    });
    const label = () => frame.locator('.maps g.cell').first().getAttribute('aria-label');
    const before = await label();
    await frame.locator('vscode-single-select').first().click();
    await frame.locator('vscode-single-select').first().press('ArrowDown');
    await frame.locator('vscode-single-select').first().press('Enter');
    await assertEventually(async () => (await label()) === before, false);
  });

  it('goes from a map to the tensor by keys, and from there to single elements', async () => {
    const { folder, record } = comparison;
    const { frame, page } = await start();
    await frame.locator('.maps g.cell[tabindex="0"]').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    const name = 'model.layers.1.self_attn.k_proj.weight';
    await assertEventually(() => chosenTensor(frame), name);
    await frame.locator('.delta-maps').focus();
    for (let i = 0; i < 12; i++) await page.keyboard.press('+');
    await frame.waitForSelector('.delta-overlay .element');
    const { text } = await save(frame, 'Save “Change, element by element” as CSV');
    const [head, ...rows] = table(text);
    assert.deepEqual(head!.slice(2, 4), ['row', 'column']);
    const [reference, checkpoint] = await Promise.all([
      bfloat16(join(folder, folders.reference), name),
      bfloat16(join(folder, folders.moderate), name),
    ]);
    const columns = record.tensors[position(name)]!.shape[1]!;
    const first = rows.filter(([from, to]) => from === folders.reference && to === folders.moderate);
    assert.ok(first.length > 0);
    for (const [, , row, column, before, after, delta] of first) {
      const flat = Number(row) * columns + Number(column);
      assert.equal(Number(before), reference[flat]);
      assert.equal(Number(after), checkpoint[flat]);
      assert.equal(Number(delta), checkpoint[flat]! - reference[flat]!);
    }
    await page.keyboard.press('0');
  });

  it('zooms with the wheel, drags, and remembers both across a reload', async () => {
    const { frame, page } = await start();
    await show(frame, 'tensor');
    const label = () => frame.locator('.delta-maps').getAttribute('aria-label');
    const whole = await label();
    const canvas = frame.locator('.delta-map canvas').first();
    await canvas.hover();
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -100);
    await page.mouse.wheel(0, -100);
    await page.keyboard.up('Control');
    const zoomed = await settled(frame, label, whole);
    const box = (await canvas.boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 4, box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
    const moved = await settled(frame, label, zoomed);
    await page.reload();
    const again = await webviewFrame(page, 'comparison');
    await again.waitForSelector('.delta-maps');
    await assertEventually(() => again.locator('.delta-maps').getAttribute('aria-label'), moved);
  });

  it('lists the spikes, and leads to each', async () => {
    const { record } = comparison;
    const { frame } = await start();
    await show(frame, 'tensor');
    const name = await chosenTensor(frame);
    const { spikes } = record.differences[0]![position(name)]!;
    const places = await frame.locator('.spikes .link:not([aria-label*=CSV])').allTextContents();
    assert.deepEqual(
      places.slice(0, spikes.length),
      spikes.map(({ at }) => `[${at.join(', ')}]`),
    );
    await frame.locator('.spikes td .link').nth(1).click();
    await frame.waitForSelector('.delta-overlay .ring');
    const [row, column] = spikes[1]!.at;
    const place = await frame.locator('.delta-maps').getAttribute('aria-label');
    const [rowFrom, rowTo, columnFrom, columnTo] = place!.match(/\d+/g)!.slice(-5, -1).map(Number);
    assert.ok(rowFrom! <= row! && row! <= rowTo! && columnFrom! <= column! && column! <= columnTo!, place!);
  });

  it('computes singular values when asked, and tells them from noise', async () => {
    const { record } = comparison;
    const { frame } = await start();
    await show(frame, 'tensor');
    const tensor = position(await chosenTensor(frame));
    assert.equal(await frame.locator('.spectrum-unkept').isHidden(), true);
    await frame.locator('.spectrum-ask vscode-button').click();
    await frame.locator('.spectrum circle').first().waitFor();
    await frame.locator('.spectrum-busy').waitFor({ state: 'hidden' });
    assert.match((await frame.locator('.spectrum-unkept').textContent()) ?? '', /not written into the record/);
    assert.equal(await frame.locator('.spectrum-unkept').isVisible(), true);
    const told = await frame.locator('.spectrum-key p').allTextContents();
    assert.equal(told.length, Math.min(record.pairs.length, 3));
    for (const text of told)
      assert.match(text, /^stable rank [\d.–]+ \(noise: [\d.]+\); the 8 largest singular values hold /);
    const { text } = await save(frame, 'Save “Structure or noise” as CSV');
    const [head, ...rows] = table(text);
    const value = (row: readonly string[], column: string) => Number(row[head!.indexOf(column)]);
    assert.equal(rows.length, 8 * told.length);
    const own = rows.slice(0, 8);
    const squares = own.map((row) => value(row, 'singular_value') ** 2);
    const { norm } = record.differences[0]![tensor]!;
    assert.ok(squares[0]! > squares[7]! && squares.reduce((sum, each) => sum + each, 0) < norm ** 2);
  });

  it('says where a histogram’s teeth come from', async () => {
    const { frame } = await start();
    await show(frame, 'tensor');
    const caption = frame.locator('[data-figure=tensor-histogram] .caption');
    await assertEventually(
      async () => /^Both sides are bfloat16, so changes come in whole steps/.test((await caption.textContent())!),
      true,
    );
    assert.ok((await frame.locator('.comb line').count()) > 0);
  });

  it('marks the neurons that a run resets along their axis', async () => {
    const neurons = Uint32Array.of(0, 3, 100);
    const modules = [{ layer: 5, tensor: 'model.layers.5.mlp.down_proj.weight', neurons }];
    const { frame } = await start({}, { resetSets: [{ run: '<b>run</b>', modules }] });
    await show(frame, 'tensor');
    await frame.locator('.maps').waitFor({ state: 'hidden' });
    await show(frame, 'map');
    const tensor = position('model.layers.5.mlp.down_proj.weight');
    await frame.locator(`.maps g.cell[data-tensor="${tensor}"]`).first().click();
    await assertEventually(
      () => frame.locator('.marks > .muted').textContent(),
      '3 columns are reset, marked along the axis',
    );
    const marks = await frame.locator('.delta-overlay .reset-marks').nth(1).getAttribute('d');
    assert.equal(marks!.match(/M/g)!.length, neurons.length);
  });
});
