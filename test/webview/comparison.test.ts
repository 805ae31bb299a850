import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Frame } from 'playwright-core';
import { readSafetensors } from '../../src/checkpoint/safetensors/safetensorsFile.ts';
import type { ComparisonRecord } from '../../src/record/comparison/comparisonRecord.ts';
import { tabs } from '../../webview/comparison/state/state.ts';
import { ComparisonServer, type ComparisonServerOptions } from './comparisonServer.ts';
import { assertEventually } from './eventually.ts';
import { folders, writeHostileComparison } from './hostileComparison.ts';
import { type ThemeName, themes } from './themes.ts';
import { launchBrowser, type OpenPage, openWebview, type ViewOptions, webviewFrame } from './webviewPage.ts';

async function show(frame: Frame, tab: (typeof tabs)[number]): Promise<void> {
  await frame.click(`vscode-tab-header[data-tab=${tab}]`);
}

function chosenTensor(frame: Frame): Promise<string> {
  const select = frame.locator('.tensor-choice vscode-single-select');
  return select.evaluate((element) => (element as unknown as { readonly value: string }).value);
}

/** A file's table: rows of cells; quoting is the business of test/unit/webview/figures/csv.test.ts. */
function table(csv: string): string[][] {
  return csv
    .trimEnd()
    .split('\r\n')
    .map((line) => line.split(','));
}

/** Elements of a bf16 tensor. */
async function bfloat16(folder: string, tensor: string): Promise<Float32Array> {
  const { data } = (await readSafetensors(join(folder, 'model.safetensors'))).get(tensor)!;
  const bits = new Uint16Array(Uint8Array.from(data).buffer);
  return new Float32Array(Uint32Array.from(bits, (half) => half << 16).buffer);
}

describe('comparison page', function () {
  this.timeout(120_000);
  let browser: Browser;
  let folder: string;
  let path: string;
  let record: ComparisonRecord;
  let server: ComparisonServer | undefined;
  let open: OpenPage | undefined;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'comparison-page-'));
    path = await writeHostileComparison(folder);
    record = JSON.parse(readFileSync(path, 'utf8'));
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    const { errors, page, context } = open ?? {};
    const frame = page && (await webviewFrame(page, 'comparison'));
    const violations = await frame?.evaluate('window.violations');
    const pwned = await frame?.evaluate('window.pwned');
    open = undefined;
    await context?.close();
    await server?.stop();
    assert.deepEqual(errors ?? [], []);
    assert.deepEqual(violations ?? [], []);
    assert.equal(pwned, undefined);
  });
  const start = async (view?: ViewOptions, options?: ComparisonServerOptions, from = path) => {
    server = await ComparisonServer.start(from, options);
    open = await openWebview(browser, server.origin, 'comparison', view);
    return open;
  };
  const saved = async (): Promise<{ name: string; text: string; bytes: Uint8Array }> => {
    await assertEventually(async () => server!.heard.some(({ type }) => type === 'request'), true);
    const message = server!.heard.splice(0).find(({ type }) => type === 'request');
    if (message?.type !== 'request' || message.request.name !== 'export') throw new Error('nothing was saved');
    const { name, bytes } = message.request.file;
    return { name, bytes, text: Buffer.from(bytes).toString('utf8') };
  };
  const save = async (frame: Frame, label: string) => {
    await frame.locator(`button[aria-label="${label}"]`).click();
    return saved();
  };
  const position = (tensor: string) => record.tensors.findIndex(({ name }) => name === tensor);

  for (const theme of Object.keys(themes) as ThemeName[]) {
    for (const width of [1280, 932, 400]) {
      it(`draws every tab, ${theme}, ${width} wide, without an error and without scrolling sideways`, async () => {
        const { frame } = await start({ theme, width });
        for (const tab of tabs) {
          await show(frame, tab);
          await frame.waitForSelector(`vscode-tab-panel[data-tab=${tab}] .figure`);
          const [content, room] = await frame.evaluate<[number, number]>(
            '[document.documentElement.scrollWidth, innerWidth]',
          );
          assert.ok(content <= room, `${tab} is ${content} wide`);
        }
      });
    }
  }

  it('maps every tensor of every pair by any statistic', async () => {
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
    await assertEventually(async () => (await label()) === whole, false);
    const zoomed = await label();
    const box = (await canvas.boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 4, box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
    await assertEventually(async () => (await label()) === zoomed, false);
    const moved = await label();
    await page.reload();
    const again = await webviewFrame(page, 'comparison');
    await again.waitForSelector('.delta-maps');
    await assertEventually(() => again.locator('.delta-maps').getAttribute('aria-label'), moved);
  });

  it('lists the spikes, and leads to each', async () => {
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

  it('marks the neurons that a run resets along their axis', async () => {
    const neurons = Uint32Array.of(0, 3, 100);
    const modules = [{ layer: 5, projection: 'down_proj', neurons }];
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

  it('shows what each checkpoint expected at a token, from the record and from the engine', async () => {
    const asked: number[][] = [];
    const { frame } = await start(
      {},
      {
        async distribution(sample, row, gold) {
          asked.push([sample, row]);
          const probabilities = [0.5, 0.7, 0.9].map((p) => Float32Array.of(p, 1 - p));
          return {
            sample,
            row,
            gold,
            ids: Int32Array.of(gold, 1),
            texts: ['gold', '\n'],
            probabilities,
            entropy: [1, 2, 3],
          };
        },
      },
    );
    await show(frame, 'output');
    const token = frame.locator('.token-map .line .column:not([aria-hidden]) .tok:not(.prompt)').nth(2);
    await token.click();
    await frame.waitForSelector('.distribution .bar');
    const { text } = await save(frame, 'Save “Next token” as CSV');
    const gold = table(text).find((row) => row[2] === 'true')!;
    // The gold token's probability under every checkpoint, kept or not, is its NLL's.
    const { firstRow } = record.output!.samples[0]!;
    const arrays = await readSafetensors(path.replace(/json$/, 'safetensors'));
    record.checkpoints.forEach((_, checkpoint) => {
      const nll = new Float32Array(Uint8Array.from(arrays.get(`measurements.${checkpoint}.nll`)!.data).buffer);
      const probability = Math.exp(-nll[firstRow + 2]!);
      assert.ok(Math.abs(Number(gold.at(checkpoint - 3)) - probability) < 1e-5, `${gold} against ${probability}`);
    });
    await frame.locator('vscode-checkbox', { hasText: '' }).last().click();
    await assertEventually(async () => asked.length, 1);
    const { promptLength } = record.output!.samples[0]!;
    assert.deepEqual(asked[0], [0, promptLength - 1 + 2]);
    await assertEventually(() => frame.locator('.distribution .token-name').allTextContents(), ['● gold', '↵']);
  });

  it('says when the engine cannot run', async () => {
    const { frame } = await start();
    await show(frame, 'output');
    await frame.locator('.tok:not(.prompt)').first().click();
    await frame.locator('[data-figure=next-token] vscode-checkbox').click();
    await assertEventually(
      () => frame.locator('[data-figure=next-token] .caption').textContent(),
      'No device can run the model.',
    );
  });

  it('orders the series by any column, and tells where it turns', async () => {
    const { frame } = await start();
    await show(frame, 'series');
    const names = () => frame.locator('.series-table tbody .link').allTextContents();
    await assertEventually(
      names,
      record.checkpoints.map(({ name }) => name),
    );
    await frame.locator('.series-table thead button', { hasText: 'drift' }).click();
    await assertEventually(names, record.checkpoints.map(({ name }) => name).toReversed());
    const notes = await frame.locator('.series-view .notes').textContent();
    assert.match(notes!, /Entropy falls most between .+ and .+ \(−\d/);
    await frame.locator('g.stop').nth(0).focus();
    await frame.locator('g.stop').nth(0).press('ArrowRight');
    await frame.locator('g.stop').nth(1).press('Enter');
    await assertEventually(
      () => frame.locator('.series-table tr.chosen .link').textContent(),
      record.checkpoints[1]!.name,
    );
  });

  it('saves figures that stand on their own, with the pixels in them', async () => {
    const { frame } = await start();
    await show(frame, 'tensor');
    await frame.waitForSelector('.delta-overlay .frame');
    const svg = await save(frame, 'Save “Change, element by element” as SVG');
    assert.match(svg.text, /href="data:image\/png;base64,/);
    const png = await save(frame, 'Save “Change, element by element” as PNG');
    assert.deepEqual([...png.bytes.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
    // A drawing without its pixels is a few lines on one colour, which compress to very little.
    assert.ok(png.bytes.length > 60_000, `${png.bytes.length} bytes`);
  });

  it('opens without the checkpoints, and says that zooming needs their files', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'comparison-alone-'));
    try {
      const alone = join(elsewhere, 'alone.comparison.json');
      const gone = record.checkpoints.map((each) => ({ ...each, folder: join(elsewhere, 'gone', each.name) }));
      writeFileSync(
        alone,
        JSON.stringify({
          ...record,
          checkpoints: gone,
          arrays: { ...record.arrays, file: 'alone.comparison.safetensors' },
        }),
      );
      cpSync(path.replace(/json$/, 'safetensors'), join(elsewhere, 'alone.comparison.safetensors'));
      const { frame, page } = await start({}, {}, alone);
      assert.equal(await frame.locator('.maps g.cell').count(), record.pairs.length * record.tensors.length);
      await show(frame, 'tensor');
      await frame.locator('.delta-maps').focus();
      for (let i = 0; i < 8; i++) await page.keyboard.press('+');
      await assertEventually(
        async () =>
          /^Single elements are read from the checkpoints’ files, which are needed for that: /.test(
            (await frame.locator('[data-figure=tensor-change] .caption').textContent()) ?? '',
          ),
        true,
      );
      await show(frame, 'output');
      await frame.waitForSelector('.token-map .tok');
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });

  it('refuses a record that cannot be read, in a sentence', async () => {
    const broken = join(folder, 'broken.comparison.json');
    writeFileSync(broken, '{');
    const { frame } = await start({}, {}, broken);
    assert.match((await frame.locator('.refusal').textContent()) ?? '', /cannot be shown/);
  });
});
