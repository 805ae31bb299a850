import type { DevicesAction, DevicesReport, ShownDevice } from '../../src/protocol/devices.ts';
import { button, html, path } from '../page/dom.ts';

/* Draws the page of devices: what a run would use, a card for each device, and what can be done. */

interface Content {
  /** Of the last time that devices were tried. */
  readonly report: DevicesReport | undefined;
  /** They are being tried now. */
  readonly trying: boolean;
  /** Why there is no report. */
  readonly fault: string | undefined;
  /** Where what was done is said. */
  readonly status: HTMLElement;
}

interface Responses {
  tryAgain(): void;
  copy(): void;
  act(action: DevicesAction): void;
}

function card({ device, title, available, used, reason, advice }: ShownDevice): HTMLElement {
  return html(
    'li',
    { class: ['device', available && 'available', used && 'used'].filter(Boolean).join(' '), 'data-device': device },
    html('span', { class: 'mark', 'aria-hidden': 'true' }, available ? '✓' : '–'),
    html(
      'h2',
      {},
      title,
      html('span', { class: 'state muted' }, available ? 'can be used' : 'cannot be used'),
      used ? html('vscode-badge', {}, 'used by runs') : undefined,
    ),
    reason !== '' && html('p', { class: 'reason' }, html('bdi', {}, sentence(reason))),
    advice !== '' && html('p', { class: 'advice' }, `What to do: ${advice}`),
  );
}

/** A reason begins small, for the log's lines. */
function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(whole) ? whole : `${whole}.`;
}

function facts({ runtime, gpus, libraries, cudaRuntime }: DevicesReport): HTMLElement {
  return html(
    'section',
    { class: 'facts' },
    html('h2', {}, 'This machine'),
    html(
      'ul',
      {},
      html('li', {}, runtime === '' ? 'ONNX Runtime does not load.' : `ONNX Runtime ${runtime}`),
      ...(gpus.length === 0 ? ['No NVIDIA GPU answers'] : gpus).map((gpu) => html('li', {}, html('bdi', {}, gpu))),
      html(
        'li',
        {},
        ...(cudaRuntime === undefined ? ['No CUDA runtime is installed'] : ['CUDA runtime in ', path(cudaRuntime)]),
      ),
      ...libraries.map(({ names, place }) => html('li', {}, html('bdi', {}, `${names.join(', ')}: ${place}`))),
    ),
  );
}

/** The whole page. */
export function devicesPage(
  { report, trying, fault, status }: Content,
  { tryAgain, copy, act }: Responses,
): HTMLElement {
  const again = button('Try again', tryAgain);
  const install = button('Install CUDA runtime…', () => act({ name: 'install' }));
  const choose = button('Choose device…', () => act({ name: 'choose' }), false);
  const copied = button('Copy', copy);
  again.disabled = trying;
  for (const each of [install, choose, copied]) each.disabled = trying || report === undefined;
  const line = trying ? 'Trying each device of this machine…' : (fault ?? report?.verdict ?? '');
  return html(
    'div',
    { class: 'devices' },
    html(
      'div',
      {},
      html('h1', {}, 'Devices'),
      html('p', { class: 'verdict', role: fault === undefined ? 'status' : 'alert' }, line),
    ),
    html(
      'div',
      { class: 'buttons' },
      choose,
      report?.canInstall === false ? undefined : install,
      copied,
      again,
      status,
    ),
    report && html('ul', { 'aria-label': 'Devices, fastest first' }, ...report.devices.map(card)),
    report && facts(report),
  );
}
