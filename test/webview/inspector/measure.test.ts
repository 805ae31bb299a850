import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import type { HostMessage } from '../../../src/protocol/inspector.ts';
import { tinyPoint } from '../../unit/record/tinySweep.ts';
import { assertEventually } from '../eventually.ts';
import { useInspectorPage } from './useInspectorPage.ts';

describe('inspector page: measuring without a commit', () => {
  const inspector = useInspectorPage();
  const tell = (page: Page, message: HostMessage) =>
    page.evaluate(`dispatchEvent(new CustomEvent('tell', { detail: ${JSON.stringify(message)} }))`);
  const asked = () => inspector.heard('action').map(({ action }) => action);

  it('has the third row from the start, measures what is set, and says so when rho moves on', async () => {
    const { frame, page } = await inspector.start();
    const line = () => frame.innerText('.measure-line');
    const row = () => frame.getAttribute('svg.metrics', 'aria-label');
    await assertEventually(async () => /not measured/.test(await line()), true);
    assert.match((await row())!, /at this ρ, α: not measured/);
    await tell(page, { type: 'command', command: { name: 'set', rho: 0.05, alpha: 0.25 } });
    await assertEventually(async () => /\(ρ 5 %, α 0\.25\): not measured\./.test(await line()), true);
    await frame.click('.measure-line vscode-button:text-is("Measure")');
    await assertEventually(async () => asked(), [{ name: 'measure', rho: 0.05, alpha: 0.25 }]);
    await tell(page, {
      type: 'job',
      job: { at: { rho: 0.05, alpha: 0.25 }, text: 'measure, 40 of 100', fraction: 0.4 },
    });
    await assertEventually(async () => /Measuring ρ 5 %, α 0\.25: measure, 40 of 100/.test(await line()), true);
    assert.equal(await frame.evaluate(`document.querySelector('.measure-line progress').value`), 0.4);
    await frame.click('.measure-line vscode-button:text-is("Cancel")');
    await assertEventually(async () => asked().at(-1), { name: 'cancel' });
    await tell(page, { type: 'point', point: tinyPoint(0.25, 0.05, 0.777, 1), anchors: [] });
    await tell(page, { type: 'job', job: undefined });
    await assertEventually(async () => /measured without a commit/.test(await line()), true);
    assert.match((await row())!, /at this ρ, α: entropy .*at targets 0\.777/);
    await tell(page, { type: 'command', command: { name: 'set', rho: 0.01 } });
    await assertEventually(async () => /not measured\./.test(await line()), true);
    await frame.click('.measure-line .link');
    await assertEventually(async () => /measured without a commit/.test(await line()), true);
  });
});
