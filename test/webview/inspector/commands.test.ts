import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import type { InspectorCommand } from '../../../src/protocol/inspector.ts';
import { assertEventually } from '../eventually.ts';
import { useInspectorPage } from './useInspectorPage.ts';

describe('inspector page: commands of VS Code', () => {
  const inspector = useInspectorPage();
  const tell = (page: Page, command: InspectorCommand) =>
    page.evaluate(
      `dispatchEvent(new CustomEvent('tell', { detail: ${JSON.stringify({ type: 'command', command })} }))`,
    );
  const shown = () => inspector.heard('shown').at(-1)?.shown;

  it('says what it shows, and does what the commands say', async () => {
    const { frame, page } = await inspector.start();
    await assertEventually(async () => shown()?.figures.map(({ name }) => name), ['metrics']);
    assert.deepEqual([shown()!.rho, shown()!.alpha, shown()!.rhoLimit], [0.02, 0.5, 0.09]);
    await tell(page, { name: 'show', tab: 'heatmap' });
    await frame.waitForSelector('g.cell');
    await assertEventually(async () => shown()?.figures.map(({ name }) => name), ['reset-heatmap', 'effective-ratio']);
    await tell(page, { name: 'set', rho: 0.05, alpha: 0.25 });
    await assertEventually(async () => [shown()!.rho, shown()!.alpha], [0.05, 0.25]);
    // Ranks are kept up to 9 %.
    await tell(page, { name: 'set', rho: 0.5 });
    await assertEventually(async () => shown()!.rho, 0.09);
    await tell(page, { name: 'export', figure: 'reset-heatmap', format: 'csv' });
    await assertEventually(
      async () =>
        inspector.heard('request').flatMap(({ request }) => (request.name === 'export' ? [request.file.name] : [])),
      ['hostile-reset-heatmap.csv'],
    );
  });

  it('goes from target to target, from whichever tab', async () => {
    const { frame, page } = await inspector.start();
    const active = () => frame.getAttribute('.token-map .column:first-child .tok.active', 'data-token');
    await tell(page, { name: 'target', step: 1 });
    await frame.waitForSelector('.tok.active');
    assert.equal(await active(), '2');
    await tell(page, { name: 'target', step: 1 });
    await assertEventually(active, '4');
    await tell(page, { name: 'target', step: -1 });
    await assertEventually(active, '2');
  });
});
