import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Frame } from 'playwright-core';
import { readinessHtml } from '../../../src/views/readiness/readinessHtml.ts';
import { writeGalleryReadiness } from '../../figures/records/galleryReadiness.ts';
import { assertAccessible } from '../accessibility.ts';
import { assertEventually } from '../eventually.ts';
import { ReadinessServer } from '../readinessServer.ts';
import type { ThemeName } from '../themes.ts';
import { launchBrowser, type OpenPage, openWebview, type ViewOptions, webviewFrame } from '../webviewPage.ts';
import { WebviewServer } from '../webviewServer.ts';
import { assertInsideInWideFont } from '../wideFont.ts';

const markup = '<img src=x onerror=window.pwned=1>';
const names = ['base', 'step-100', `step-400 ${markup}\u202egpj`, '=over()'] as const;

describe('readiness page', () => {
  let browser: Browser;
  let folder: string;
  let path: string;
  let server: ReadinessServer;
  let open: OpenPage | undefined;
  /** Of one test alone. */
  let own: { stop(): Promise<void> } | undefined;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'readiness-page-'));
    path = join(folder, 'hostile.readiness.json');
    await writeGalleryReadiness(path, names);
    server = await ReadinessServer.start(path);
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    const { errors, page, context } = open!;
    const frame = await webviewFrame(page, 'readiness');
    const violations = await frame.evaluate('window.violations');
    const pwned = await frame.evaluate('window.pwned');
    // First the page: what it still asks would fail.
    await context.close();
    await own?.stop();
    own = undefined;
    server.heard.splice(0);
    assert.deepEqual([errors, violations, pwned], [[], [], undefined]);
  });

  const start = async (view: ViewOptions = {}, at: { readonly origin: string } = server): Promise<Frame> => {
    open = await openWebview(browser, at.origin, 'readiness', view);
    return open.frame;
  };
  const saved = async (frame: Frame, label: string): Promise<{ readonly name: string; readonly text: string }> => {
    await frame.getByRole('button', { name: label }).click();
    await assertEventually(async () => server.heard.length, 1);
    const message = server.heard.splice(0)[0]!;
    if (message.type !== 'request' || message.request.name !== 'export') throw new Error('nothing was saved');
    const { name, bytes } = message.request.file;
    return { name, text: Buffer.from(bytes).toString('utf8') };
  };
  const columnOf = (frame: Frame, table: string) => frame.locator(`[data-table=${table}] tbody th bdi`).allInnerTexts();

  for (const [theme, widths] of [
    ['dark', [1920]],
    ['light', [420]],
    ['highContrast', [420]],
  ] as const satisfies [ThemeName, number[]][]) {
    for (const width of widths) {
      it(`can be read and used by all, ${theme}, ${width} wide`, async () => {
        const frame = await start({ theme, width });
        await frame.waitForSelector('[data-figure=coverage] rect');
        await assertAccessible(frame);
        const [content, room] = await frame.evaluate<[number, number]>(
          `[document.querySelector('.readiness-view').scrollWidth, innerWidth]`,
        );
        assert.ok(content <= room, `the page is ${content} wide`);
      });
    }
  }

  it('says of each checkpoint whether it is ready, by which conditions, and where those come from', async () => {
    const frame = await start();
    const verdicts = await frame.locator('[data-table=verdict] tbody td.verdict').allInnerTexts();
    assert.deepEqual(verdicts, ['not judged', '✓ ready', '✗ not ready', '✗ not ready']);
    assert.deepEqual(await columnOf(frame, 'verdict'), [...names]);
    assert.match(
      await frame.innerText('[data-table=verdict] tbody tr:nth-child(3)'),
      /0\.\d{3}, not met; the bound lies within the interval/,
    );
    const [dead] = await frame.locator('.conditions li').allInnerTexts();
    assert.match(
      dead!,
      /^dead@8 at most 0\.5: predicted share of dead groups of size 8; of sampled answers at T = 1\. From: arXiv/,
    );
    assert.equal(await frame.locator('img').count(), 0);
  });

  it('states of every number which tokens, which temperature, and whether it was sampled or teacher-forced', async () => {
    const frame = await start();
    for (const [table, basis] of [
      ['sampled', /sampled at T = 1/],
      [
        'teacher-forced',
        /teacher-forced over the response tokens of the (training|held-out) lines, at temperature 1|NLL/,
      ],
    ] as const) {
      const heads = frame.locator(`[data-table=${table}] thead th.number button`);
      const hints = await heads.evaluateAll((all) => all.map((each) => each.getAttribute('aria-description')));
      assert.ok(hints.length >= 9);
      for (const hint of hints) assert.match(hint!, basis);
    }
    // A hover for those who point, the same for those who use keys.
    await frame.locator('[data-column=sampled_entropy_nats]').focus();
    await frame.locator('.tooltip').waitFor();
    assert.match(await frame.innerText('.tooltip'), /temperature 1 \(sampled at T = 1/);
    for (const figure of ['pass-at-k', 'dead-groups', 'coverage', 'entropy-histogram']) {
      assert.match(await frame.innerText(`[data-figure=${figure}] .caption`), /sampled at T = 1 \(rollouts of RL\)/);
    }
    await frame.locator('.choices vscode-single-select').click();
    await frame.getByRole('option', { name: 'T = 0.6 (evaluation)' }).click();
    await assertEventually(
      async () => /sampled at T = 0\.6/.test(await frame.innerText('[data-figure=pass-at-k] .caption')),
      true,
    );
    assert.match(await frame.innerText('[data-table=sampled] >> xpath=ancestor::section'), /T = 0\.6 \(evaluation\)/);
  });

  it('sorts its tables, and hides checkpoints from figures and prompts', async () => {
    const frame = await start();
    await frame.locator('[data-column=pass_at_1]').click();
    await assertEventually(async () => (await columnOf(frame, 'sampled'))[0], names[1]);
    assert.equal(await frame.locator('th:has([data-column=pass_at_1])').getAttribute('aria-sort'), 'descending');
    // The other table has no such column, and stays as it is.
    assert.equal((await columnOf(frame, 'teacher-forced'))[0], 'base');
    const curves = frame.locator('[data-figure=pass-at-k] .curve');
    assert.equal(await curves.count(), 4);
    await frame.getByRole('group', { name: 'Checkpoints shown' }).getByRole('button').nth(1).click();
    await assertEventually(() => curves.count(), 3);
    assert.equal(await frame.locator('[data-figure=coverage] rect.lost').count(), 2);
    assert.equal(await frame.locator('.prompts [role=columnheader]').count(), 4);
  });

  it('reads its curves out by keys', async () => {
    const frame = await start();
    const stops = frame.locator('[data-figure=pass-at-k] g.stop');
    await stops.first().focus();
    await open!.page.keyboard.press('ArrowRight');
    assert.equal(await frame.evaluate('document.activeElement.dataset.at'), '2');
    const tooltip = frame.locator('.tooltip');
    await tooltip.waitFor();
    assert.match(await tooltip.innerText(), /^Pass@2\s+base\s+0\.\d{3} \[/);
    // As when the page scrolls to the focus: the tooltip stays beside it.
    await frame.evaluate("document.dispatchEvent(new Event('scroll'))");
    assert.equal(await tooltip.isVisible(), true);
    await frame.evaluate("document.activeElement.closest('section').style.marginTop = '5000px'");
    await frame.evaluate("document.dispatchEvent(new Event('scroll'))");
    assert.equal(await tooltip.isVisible(), false, 'what it is about is out of sight');
    assert.match((await stops.nth(1).getAttribute('aria-label'))!, /^Pass@2: base 0\.\d+ \[.*, step-100 /);
  });

  it('filters and sorts prompts', async () => {
    const frame = await start();
    const lines = () => frame.locator('.prompts .rows .row > div:first-child').allInnerTexts();
    await frame.waitForSelector('.prompts .rows .row');
    await frame.locator('.prompts vscode-single-select').click();
    await frame.getByRole('option', { name: /^lost/ }).click();
    await assertEventually(
      async () => /(\d+) of 40 prompts/.exec(await frame.innerText('.prompts .caption'))?.[1],
      '18',
    );
    await frame.locator('.prompts [role=columnheader] button').nth(1).click();
    const head = frame.locator('.prompts [role=columnheader]').nth(1);
    await assertEventually(() => head.getAttribute('aria-sort'), 'descending');
    assert.ok((await lines()).length > 5);
    const { name, text } = await saved(frame, 'Save “Prompts” as CSV');
    assert.equal(name, 'hostile-prompts.csv');
    const rows = text
      .trim()
      .split('\r\n')
      .map((row) => row.split(','));
    assert.equal(rows.length, 19);
    const right = rows.slice(1).map((row) => Number(row[1]));
    assert.deepEqual(
      right,
      right.toSorted((a, b) => b - a),
    );
    assert.ok(right.every((each) => each > 0));
    // A name that a spreadsheet would compute.
    assert.equal(rows[0]!.at(-1), `'=over() answers`);
  });

  it('saves tables and figures', async () => {
    const frame = await start();
    const { name, text } = await saved(frame, 'Save “Pass@k” as CSV');
    assert.equal(name, 'hostile-pass-at-k.csv');
    assert.equal(text.trim().split('\r\n').length, 1 + 4 * 16);
    const table = await saved(frame, 'Save “Teacher-forced” as CSV');
    assert.match(table.text, /^checkpoint,base,step,training_entropy_nats,/);
    const drawing = await saved(frame, 'Save “Dead groups” as SVG');
    // A saved figure says by itself which line is whose, hidden characters shown.
    assert.match(drawing.text, /<svg.*step-400 &lt;img.*\\u\{202e\}/s);
    const links = frame.locator('[data-figure] .saves [aria-label$=" as SVG"]');
    for (const label of await links.evaluateAll((own) => own.map((link) => link.getAttribute('aria-label')!))) {
      for (const width of ['shown', 'one', 'two']) {
        await frame.locator('.paper-width').first().selectOption(width);
        await assertInsideInWideFont(frame, `${label}, ${width}`, (await saved(frame, label)).text);
      }
    }
  });

  it('reveals a checkpoint, and keeps what was looked at', async () => {
    const frame = await start();
    await frame.locator('[data-table=verdict] tbody .link').nth(1).click();
    await assertEventually(async () => server.heard.length, 1);
    assert.deepEqual(server.heard.splice(0), [{ type: 'action', action: { name: 'reveal', row: 1 } }]);
    await frame.locator('[data-column=gap]').click();
    await assertEventually(() => frame.locator('th:has([data-column=gap])').getAttribute('aria-sort'), 'descending');
    await open!.page.reload();
    const again = await webviewFrame(open!.page, 'readiness');
    assert.equal(await again.locator('th:has([data-column=gap])').getAttribute('aria-sort'), 'descending');
  });

  it('says why the host has nothing to show, and no longer waits for it', async () => {
    const silent = await WebviewServer.start({
      name: 'readiness',
      html: readinessHtml,
      answer: async () => ({ type: 'reply', id: 0, err: 'The disk is gone.' }),
    });
    own = silent;
    // Opening waits until the page is no longer busy.
    const frame = await start({}, silent);
    assert.match(await frame.innerText('[role=alert]'), /cannot be shown\s+The disk is gone\./);
  });

  it('says why a record cannot be shown, and what can be done', async () => {
    const broken = join(folder, 'broken.readiness.json');
    writeFileSync(broken, `{"schema": "rejuvenation-readiness", "version": 1, "${markup}": 1}`);
    const other = await ReadinessServer.start(broken);
    own = other;
    const frame = await start({}, other);
    assert.match(await frame.innerText('[role=alert]'), /cannot be shown\s+.*is not a valid readiness record/s);
    await frame.getByRole('button', { name: 'Open as Text' }).click();
    await assertEventually(async () => other.heard.length, 1);
    assert.equal(await frame.locator('img').count(), 0);
  });
});
