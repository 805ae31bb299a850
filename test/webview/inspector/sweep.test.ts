import assert from 'node:assert/strict';
import type { Frame, Page } from 'playwright-core';
import type { HostMessage } from '../../../src/protocol/inspector.ts';
import { tinyPoint, tinySweep } from '../../unit/record/tinySweep.ts';
import { assertEventually } from '../eventually.ts';
import { writeHostileSweep } from '../hostileSweep.ts';
import { show, useInspectorPage } from './useInspectorPage.ts';

describe('inspector page: sweep', () => {
  const inspector = useInspectorPage();
  const tell = (page: Page, message: HostMessage) =>
    page.evaluate(`dispatchEvent(new CustomEvent('tell', { detail: ${JSON.stringify(message)} }))`);
  const labels = (frame: Frame, drawing: string) =>
    frame.locator(`${drawing} g.cell`).evaluateAll((cells) => cells.map((cell) => cell.getAttribute('aria-label')));
  const shown = () => {
    const last = inspector.heard('shown').at(-1)?.shown;
    return [last?.rho, last?.alpha];
  };

  it('shows the run’s sweep; a click, Enter or a row of the table sets rho and alpha', async () => {
    await writeHostileSweep(inspector.path);
    const { frame } = await inspector.start();
    await show(frame, 'sweep');
    await frame.waitForSelector('.sweep-map g.cell');
    assert.deepEqual(await labels(frame, '.sweep-map'), [
      'fusion only, α 0.4: entropy at targets 1.000',
      'ρ 1 %, α 0.4: not measured',
      'ρ 2 %, α 0.4: not measured',
      'fusion only, α 0.5: entropy at targets 0.800',
      'ρ 1 %, α 0.5: entropy at targets 1.500',
      'ρ 2 %, α 0.5: entropy at targets 1.900',
    ]);
    // The run's own is set at first; a cell that was not measured sets nothing.
    assert.equal(await frame.getAttribute('.sweep-map g.cell.own', 'aria-selected'), 'true');
    await frame.click('.sweep-map [aria-label^="ρ 1 %, α 0.4"]');
    await frame.click('.sweep-map [aria-label^="ρ 1 %, α 0.5"]');
    await assertEventually(async () => shown(), [0.01, 0.5]);
    assert.match(await frame.innerText('.tooltip'), /entropy at targets\s+1\.500[\s\S]*Pass@8, temperature 1\s+0\.500/);
    await frame.press('.sweep-map g.cell:focus', 'ArrowLeft');
    await frame.press('.sweep-map g.cell:focus', 'ArrowUp');
    await frame.press('.sweep-map g.cell:focus', 'Enter');
    // Fusion only.
    await assertEventually(async () => shown(), [0, 0.4]);
    const marks = await labels(frame, '.trade-off');
    assert.equal(marks.length, 7);
    assert.match(marks[0]!, /^ρ 1 %, α 0\.5, attribution, anchor .*: entropy at targets \(nats\) 0\.700/);
    assert.equal(marks.filter((label) => label!.endsWith('on the Pareto front')).length, 4);
    await frame.focus('.trade-off g.cell[tabindex="0"]');
    await frame.press('.trade-off g.cell:focus', 'End');
    await frame.press('.trade-off g.cell:focus', 'Enter');
    await assertEventually(async () => shown(), [0.02, 0.5]);
    await frame.click('.sweep-points .rows .row:has-text("random, seed 0")');
    await assertEventually(async () => shown(), [0.01, 0.5]);
  });

  it('streams the points of a sweep that goes on, and begins one', async () => {
    const { frame, page } = await inspector.start();
    await show(frame, 'sweep');
    await frame.waitForSelector('.sweep-head .empty:has-text("Not swept yet")');
    await frame.click('vscode-button:text-is("Run Sweep…")');
    await assertEventually(async () => inspector.heard('action').map(({ action }) => action), [{ name: 'sweep' }]);
    await tell(page, { type: 'job', job: { text: 'sweep, 1 of 2', fraction: 0.5 } });
    await tell(page, { type: 'point', point: tinyPoint(0.4, 0.01, 1.1, 1), anchors: [] });
    await assertEventually(() => labels(frame, '.sweep-map'), ['ρ 1 %, α 0.4: entropy at targets 1.100']);
    assert.match(await frame.innerText('.sweep-head'), /Sweeping: sweep, 1 of 2/);
    await tell(page, { type: 'point', point: tinyPoint(0.4, 0.02, 1.3, 1.2), anchors: [] });
    await assertEventually(
      () => labels(frame, '.sweep-map'),
      ['ρ 1 %, α 0.4: entropy at targets 1.100', 'ρ 2 %, α 0.4: entropy at targets 1.300'],
    );
    // Points of other anchors come with the anchors of all.
    const [early] = tinySweep().anchors;
    const anchors = [early!, { ...early!, folder: '/models/later' }];
    await tell(page, { type: 'point', point: tinyPoint(0.4, 0.01, 0.9, 0.7, { anchor: 1 }), anchors });
    await assertEventually(
      async () => (await labels(frame, '.trade-off'))[0],
      'ρ 1 %, α 0.4, attribution, anchor later: entropy at targets (nats) 0.900, NLL on held-out samples (nats) 0.800, on the Pareto front',
    );
    assert.match((await frame.textContent('.sweep-figures vscode-single-select[label="Neurons by"]'))!, /anchor later/);
    // Its record has other points; the choice appears.
    await writeHostileSweep(inspector.path);
    await tell(page, { type: 'sweepsChanged' });
    await tell(page, { type: 'job', job: undefined });
    await assertEventually(async () => (await labels(frame, '.sweep-map')).length, 6);
  });
});
