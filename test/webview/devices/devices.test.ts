import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { Machine } from '../../../src/engine/process/client.ts';
import { type DevicesPageMessage, devicesPageMessageSchema } from '../../../src/protocol/devices.ts';
import { devicesHtml } from '../../../src/views/devices/devicesHtml.ts';
import { devicesReport, reportText } from '../../../src/views/devices/devicesReport.ts';
import { assertAccessible } from '../accessibility.ts';
import { assertEventually } from '../eventually.ts';
import { type ThemeName, themes } from '../themes.ts';
import { launchBrowser, type OpenPage, openWebview } from '../webviewPage.ts';
import { WebviewServer } from '../webviewServer.ts';

const reason = 'not found on this machine: <img src=x onerror=pwned=1>; it comes by: pip install nvidia-cublas';

const machine: Machine = {
  devices: [
    { device: 'cuda', available: false, reason },
    { device: 'webgpu', available: false, reason: 'no graphics adapter answered (is a driver installed?)' },
    { device: 'cpu', available: true, reason: '' },
  ],
  gpus: [{ number: 0, uuid: 'GPU-1', name: 'NVIDIA H100', memoryBytes: 85e9, freeBytes: 84e9 }],
  runtimeVersion: '1.29.0',
  cuda: undefined,
};

describe('devices page', () => {
  let browser: Browser;
  let server: WebviewServer;
  let open: OpenPage | undefined;
  let heard: DevicesPageMessage[];
  let fault: string | undefined;
  const report = devicesReport(machine, { choice: 'auto', cudaRuntime: '/runtime', canInstall: true });

  before(async () => {
    browser = await launchBrowser();
    server = await WebviewServer.start({
      name: 'devices',
      html: devicesHtml,
      answer: async (value) => {
        const message = devicesPageMessageSchema.parse(value);
        heard.push(message);
        if (message.type !== 'request') return undefined;
        const { id, request } = message;
        if (fault !== undefined) return { type: 'reply', id, err: fault };
        return { type: 'reply', id, ok: request.name === 'report' ? report : undefined };
      },
    });
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });
  beforeEach(() => {
    heard = [];
    fault = undefined;
  });
  afterEach(async () => {
    const errors = open?.errors ?? [];
    await open?.context.close();
    open = undefined;
    assert.deepEqual(errors, []);
  });

  for (const theme of Object.keys(themes) as ThemeName[]) {
    for (const width of [1920, 420]) {
      it(`can be read and used by all, ${theme}, ${width} wide`, async () => {
        open = await openWebview(browser, server.origin, 'devices', { theme, width });
        const { frame } = open;
        assert.equal(await frame.locator('.device').count(), 3);
        await assertAccessible(frame);
        const [content, room] = await frame.evaluate<[number, number]>(
          '[document.documentElement.scrollWidth, innerWidth]',
        );
        assert.ok(content <= room, `the page is ${content} wide`);
      });
    }
  }

  it('says of each device whether it can be used, why not, and what to do; markup stays text', async () => {
    open = await openWebview(browser, server.origin, 'devices');
    const { frame } = open;
    const cuda = await frame.innerText('[data-device=cuda]');
    assert.match(cuda, /cannot be used\s+Not found on this machine: <img .*What to do: Run the command above/s);
    assert.match(await frame.innerText('[data-device=webgpu]'), /What to do: Install .*driver/);
    assert.match(await frame.innerText('[data-device=cpu]'), /can be used\s+used by runs/);
    assert.match(await frame.innerText('.verdict'), /^Runs use Processor \(CPU\), the fastest that works/);
    assert.match(await frame.innerText('.facts'), /GPU 0: NVIDIA H100, 85 GB, 84 GB free\s+CUDA runtime in \/runtime/);
    assert.equal(await frame.locator('img').count(), 0);
  });

  it('asks the host to install, to choose, to copy and to try again', async () => {
    open = await openWebview(browser, server.origin, 'devices');
    const { frame } = open;
    for (const name of ['Install CUDA runtime…', 'Choose device…']) await frame.getByRole('button', { name }).click();
    await frame.getByRole('button', { name: 'Copy' }).click();
    await assertEventually(() => frame.textContent('.buttons [role=status]'), 'Copied.');
    await frame.getByRole('button', { name: 'Try again' }).click();
    await assertEventually(
      async () =>
        heard.map((message) =>
          message.type === 'action' ? message.action.name : JSON.stringify(message.request).replaceAll('"', ''),
        ),
      ['{name:report,again:false}', 'install', 'choose', '{name:copy}', '{name:report,again:true}'],
    );
  });

  it('says why the devices cannot be tried, and lets one try again', async () => {
    fault = 'The engine does not start.';
    open = await openWebview(browser, server.origin, 'devices');
    const { frame } = open;
    assert.equal(await frame.textContent('[role=alert]'), fault);
    fault = undefined;
    await frame.getByRole('button', { name: 'Try again' }).click();
    await frame.waitForSelector('.device');
  });

  it('says what runs do by each choice of device', () => {
    const verdict = (choice: 'auto' | 'cuda' | 'coreml' | 'cpu', from = machine) =>
      devicesReport(from, { choice, cudaRuntime: undefined, canInstall: true }).verdict;
    assert.match(verdict('cpu'), /^Runs use Processor \(CPU\), as the setting/);
    assert.match(verdict('cuda'), /is cuda, which cannot be used here/);
    assert.match(verdict('coreml'), /is coreml, which cannot be used here/);
    assert.equal(verdict('auto', { ...machine, devices: [] }), 'No device of this machine can run models.');
    assert.match(reportText(report), /^cuda: not available, not found on this machine/m);
  });
});
