import '@vscode-elements/elements/dist/vscode-badge/index.js';
import '@vscode-elements/elements/dist/vscode-button/index.js';
import type {
  DevicesAction,
  DevicesHostMessage,
  DevicesReport,
  DevicesRequest,
  DevicesResults,
} from '../../src/protocol/devices.ts';
import { html } from '../page/dom.ts';
import { HostConnection } from '../page/hostConnection.ts';
import { devicesPage } from './devicesPage.ts';

/* The entry of the page of devices: asks the host to try them, and draws what came of it. */

const root = document.getElementById('devices')!;
const status = html('span', { class: 'muted', role: 'status' });
const host = new HostConnection<DevicesRequest, DevicesResults, DevicesAction>((message) => {
  if ((message as DevicesHostMessage | undefined)?.type === 'changed') void load(false);
});
/** Counts what was asked for: only the answer to the last question is drawn. */
let asked = 0;
let shown: DevicesReport | undefined;

function draw(trying: boolean, fault?: string): void {
  root.replaceChildren(
    devicesPage(
      { report: shown, trying, fault, status },
      {
        tryAgain: () => void load(true),
        act: (action) => host.act(action),
        copy: () => void copy(),
      },
    ),
  );
  if (trying) root.setAttribute('aria-busy', 'true');
  else root.removeAttribute('aria-busy');
}

async function copy(): Promise<void> {
  try {
    await host.request<'copy'>({ name: 'copy' });
    status.textContent = 'Copied.';
  } catch (error) {
    status.textContent = error instanceof Error ? error.message : String(error);
  }
}

async function load(again: boolean): Promise<void> {
  const question = ++asked;
  status.textContent = '';
  draw(true);
  try {
    const report = await host.request<'report'>({ name: 'report', again });
    if (question !== asked) return;
    shown = report;
    draw(false);
  } catch (error) {
    if (question === asked) draw(false, error instanceof Error ? error.message : String(error));
  }
}

void load(false);
