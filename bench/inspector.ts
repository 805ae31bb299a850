import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, CDPSession, Frame } from 'playwright-core';
import { large } from '../test/unit/engine/plan/shapes.ts';
import { InspectorServer } from '../test/webview/inspectorServer.ts';
import { launchBrowser, openWebview } from '../test/webview/webviewPage.ts';
import { writeLargeRecord } from './inspectorRecord.ts';
import { median, row } from './report.ts';

const opens = 5;

/**
 * Milliseconds of each of 60 slider steps: from the input event to the end of the frame that shows it, its style,
 * layout and paint on the main thread included. Run in the page.
 */
const slide = `(async () => {
  const slider = document.querySelector('#rho');
  const times = [];
  for (let step = 0; step < 60; step++) {
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    const started = performance.now();
    slider.value = String(40 + 5 * step);
    slider.dispatchEvent(new Event('input'));
    const handled = performance.now();
    await new Promise((resolve) => requestAnimationFrame((at) => {
      document.body.getBoundingClientRect();
      const channel = new MessageChannel();
      // A task after the frame: style, layout and paint have been done.
      channel.port1.onmessage = () => resolve(times.push(handled - started + (performance.now() - at)));
      channel.port2.postMessage(0);
    }));
  }
  return times;
})()`;

/**
 * Milliseconds of each of 20 neurons opened from the ranking: from the click to the end of the frame that shows its facts, its
 * scores and its targets in their context. Run in the page.
 */
const openNeurons = `(async () => {
  const times = [];
  for (let i = 0; i < 20; i++) {
    document.querySelector('vscode-tab-header[data-tab=attribution]').click();
    await new Promise((resolve) => setTimeout(resolve, 150));
    const row = document.querySelectorAll('.neurons .rows .row')[i % 10];
    const name = row.firstElementChild.textContent;
    const started = performance.now();
    row.click();
    while (document.querySelector('.neuron-field')?.value !== name || document.querySelector('.pushed:not([hidden]) li, .neuron-view .pushed:not([hidden]):empty') === null)
      await new Promise((resolve) => setTimeout(resolve));
    await new Promise((resolve) => requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => resolve(times.push(performance.now() - started));
      channel.port2.postMessage(0);
    }));
  }
  return times;
})()`;

/** Time of the first picture with the record in it, milliseconds after the page began to load. */
const painted = `performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN`;

/** Processor time of the page's main thread so far, milliseconds. */
async function threadTime(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return 1000 * (metrics.find(({ name }) => name === 'ThreadTime')?.value ?? Number.NaN);
}

async function moveSlider(frame: Frame, session: CDPSession, what: string): Promise<void> {
  await frame.waitForTimeout(1500);
  const before = await threadTime(session);
  const steps = await frame.evaluate<number[]>(slide);
  const busy = (await threadTime(session)) - before;
  row(`slider step, ${what}`, `${median(steps).toFixed(1)} ms median, ${Math.max(...steps).toFixed(1)} ms worst`);
  // What the step costs where nothing else wants the cores.
  row('  processor time', `${(busy / steps.length).toFixed(1)} ms a step (aim: under 50)`);
}

/** As many neurons, of 128 experts a layer: the slider with a layer's experts unfolded. */
async function benchExperts(browser: Browser, record: string): Promise<void> {
  const experts = { count: 128, perToken: 8, intermediateSize: large.intermediateSize / 128, normalised: true };
  await writeLargeRecord(record, { architecture: { ...large, family: 'qwen3_moe', experts } });
  const server = await InspectorServer.start(record);
  const { frame, page, context } = await openWebview(browser, server.origin, 'inspector');
  const session = await context.newCDPSession(page);
  await session.send('Performance.enable');
  await frame.click('vscode-tab-header[data-tab=heatmap]');
  await moveSlider(frame, session, '128 experts folded');
  await frame.click('[data-figure=reset-heatmap] g.cell[data-row="20"][data-column="6"]');
  await frame.waitForSelector('[data-figure=expert-map] g.cell[aria-label]');
  await moveSlider(frame, session, '128 experts unfolded');
  await context.close();
  await server.stop();
}

/** Opens a record of 36 layers × 7 modules and 1.7 million neurons; moves the slider. */
export async function benchInspector(): Promise<void> {
  console.log('inspector: a record of 36 layers × 7 modules, 1,695,744 neurons, 64 samples of 600 response tokens');
  const folder = await mkdtemp(join(tmpdir(), 'inspector-bench-'));
  const record = join(folder, 'large.rejuvenation.json');
  await writeLargeRecord(record);
  const browser = await launchBrowser();
  try {
    const reads: number[] = [];
    const paints: number[] = [];
    for (let i = 0; i < opens; i++) {
      const started = performance.now();
      const server = await InspectorServer.start(record);
      reads.push(performance.now() - started);
      const { frame, page, context } = await openWebview(browser, server.origin, 'inspector');
      paints.push(await frame.evaluate<number>(painted));
      if (i === opens - 1) {
        const session = await context.newCDPSession(page);
        await session.send('Performance.enable');
        for (const tab of ['heatmap', 'attribution']) {
          await frame.click(`vscode-tab-header[data-tab=${tab}]`);
          await moveSlider(frame, session, tab);
        }
      }
      if (i === opens - 1) {
        await frame.click('vscode-tab-header[data-tab=attribution]');
        await frame.click('.neurons .head button:has-text("best rank")');
        await frame.waitForTimeout(500);
        const times = await frame.evaluate<number[]>(openNeurons);
        row(
          'neuron page',
          `${median(times).toFixed(0)} ms median, ${Math.max(...times).toFixed(0)} ms worst (aim: under 300)`,
        );
      }
      await context.close();
      await server.stop();
    }
    row('read and check the record', `${median(reads).toFixed(0)} ms`);
    row('page to first paint', `${median(paints).toFixed(0)} ms`);
    row('opened to first paint', `${(median(reads) + median(paints)).toFixed(0)} ms (aim: under 1500)`);
    await benchExperts(browser, join(folder, 'experts.rejuvenation.json'));
  } finally {
    await browser.close();
    await rm(folder, { recursive: true });
  }
}
