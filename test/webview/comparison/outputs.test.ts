import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '../../../src/checkpoint/safetensors/safetensorsFile.ts';
import { assertEventually } from '../eventually.ts';
import { table } from './table.ts';
import { show, useComparisonPage } from './useComparisonPage.ts';

describe('comparison page: outputs and series', () => {
  const comparison = useComparisonPage();
  const { start, save } = comparison;

  it('shows what each checkpoint expected at a token, from the record and from the engine', async () => {
    const { path, record } = comparison;
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
    const token = frame.locator('.token-map .line .column:not([aria-hidden]) .tok:not(.unmeasured)').nth(2);
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
    const { responses } = record.output!.samples[0]!;
    assert.deepEqual(asked[0], [0, responses[0]!.start - 1 + 2]);
    await assertEventually(() => frame.locator('.distribution .token-name').allTextContents(), ['● gold', '↵']);
  });

  it('says when the engine cannot run', async () => {
    const { frame } = await start();
    await show(frame, 'output');
    await frame.locator('.tok:not(.unmeasured)').first().click();
    await frame.locator('[data-figure=next-token] vscode-checkbox').click();
    await assertEventually(
      () => frame.locator('[data-figure=next-token] .caption').textContent(),
      'No device can run the model.',
    );
  });

  it('asks again for a distribution that failed, when one comes back to its token', async () => {
    const asked: number[] = [];
    const { frame } = await start(
      {},
      {
        async distribution(_, row) {
          asked.push(row);
          throw new Error('Stopped.');
        },
      },
    );
    await show(frame, 'output');
    const tokens = frame.locator('.tok:not(.unmeasured)');
    await tokens.first().click();
    await frame.locator('[data-figure=next-token] vscode-checkbox').click();
    const caption = () => frame.locator('[data-figure=next-token] .caption').textContent();
    await assertEventually(caption, 'Stopped.');
    await tokens.nth(1).click();
    await assertEventually(() => Promise.resolve(asked.length), 2);
    await tokens.first().click();
    await assertEventually(() => Promise.resolve(asked.length), 3);
    assert.equal(asked[2], asked[0]);
  });

  for (const [files, others] of [
    [4, ' and 1 more file;'],
    [5, ' and 2 more files;'],
  ] as const) {
    it(`names the first of ${files} calibration files and counts the others`, async () => {
      const { folder, path, record } = comparison;
      const { calibration, samples } = record.output!;
      const [file] = [calibration].flat();
      const output = {
        ...record.output,
        calibration: Array.from({ length: files }, () => file),
        samples: samples.map((sample) => ({ ...sample, file: 0 })),
      };
      const arrays = { ...record.arrays, file: `${files}.comparison.safetensors` };
      const several = join(folder, `${files}.comparison.json`);
      writeFileSync(several, JSON.stringify({ ...record, output, arrays }));
      cpSync(path.replace(/json$/, 'safetensors'), join(folder, arrays.file));
      const { frame } = await start({}, {}, several);
      await show(frame, 'output');
      const caption = frame.locator('[aria-label=Means] .caption');
      await assertEventually(async () => (await caption.textContent())!.includes(others), true);
    });
  }

  it('orders the series by any column, and tells where it turns', async () => {
    const { record } = comparison;
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
});
