import {
  ConfigurationTarget,
  commands,
  type Disposable,
  env,
  type Uri,
  ViewColumn,
  type WebviewPanel,
  window,
  workspace,
} from 'vscode';
import { installedCudaRuntime } from '../../engine/device/cudaRuntime/runtimePlace.ts';
import { probeDevices } from '../../engine/process/client.ts';
import {
  type DevicesHostMessage,
  type DevicesPageMessage,
  type DevicesReport,
  devicesPageMessageSchema,
} from '../../protocol/devices.ts';
import type { DeviceChoice } from '../../settings/devices.ts';
import { requireTrust } from '../jobs/trust.ts';
import { openPage, servePage } from '../page/pageServer.ts';
import { devicesHtml } from './devicesHtml.ts';
import { devicesReport, deviceTitles, reportText } from './devicesReport.ts';

/* The page of devices, which *Show Devices* opens: what this machine can compute with, why not, and what to do. */

const setting = 'device';

function chosenDevice(): DeviceChoice {
  return workspace.getConfiguration('rejuvenation').get<DeviceChoice>(setting, 'auto');
}

async function makeReport(): Promise<DevicesReport> {
  const machine = await probeDevices();
  const canInstall = process.platform === 'linux' && process.arch === 'x64';
  return devicesReport(machine, { choice: chosenDevice(), cudaRuntime: installedCudaRuntime(), canInstall });
}

/** Opens the page of devices, one a window, and answers it. */
export class DevicesPanel implements Disposable {
  readonly #extensionUri: Uri;
  #panel: WebviewPanel | undefined;
  #report: Promise<DevicesReport> | undefined;
  readonly #settings: Disposable;

  constructor(extensionUri: Uri) {
    this.#extensionUri = extensionUri;
    this.#settings = workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(`rejuvenation.${setting}`)) this.changed();
    });
  }

  dispose(): void {
    this.#settings.dispose();
    this.#panel?.dispose();
  }

  /** The command *Show Devices*: brings the page to the front, and tries every device anew. */
  show(): void {
    if (!requireTrust()) return;
    if (this.#panel !== undefined) {
      this.#panel.reveal();
      this.changed();
      return;
    }
    const panel = window.createWebviewPanel('rejuvenation.devices', 'Devices', ViewColumn.Active);
    this.#panel = panel;
    this.#report = undefined;
    const served = servePage<DevicesPageMessage>(panel.webview, {
      schema: devicesPageMessageSchema,
      answer: async ({ request }) => {
        if (request.name === 'copy') {
          await env.clipboard.writeText(reportText(await this.#tried(false)));
          return undefined;
        }
        return this.#tried(request.again);
      },
      told: ({ action }) => (action.name === 'install' ? installCuda() : this.#choose()),
    });
    panel.onDidDispose(() => {
      served.dispose();
      this.#panel = undefined;
    });
    openPage(panel.webview, this.#extensionUri, 'devices', devicesHtml);
  }

  /** The report of the devices as they were tried last, or of trying them again. */
  #tried(again: boolean): Promise<DevicesReport> {
    if (again || this.#report === undefined) {
      const report = makeReport();
      this.#report = report;
      // What failed is tried again when somebody asks again.
      report.catch(() => {
        if (this.#report === report) this.#report = undefined;
      });
    }
    return this.#report;
  }

  /** Something about the devices changed: whoever looks at them sees them tried again. */
  changed(): void {
    this.#report = undefined;
    void this.#panel?.webview.postMessage({ type: 'changed' } satisfies DevicesHostMessage);
  }

  /** *Choose device…*: sets `rejuvenation.device` where it is set now. */
  async #choose(): Promise<void> {
    const { devices, choice } = await this.#tried(false);
    const items = [
      { value: 'auto' as DeviceChoice, label: 'auto', description: 'The fastest that works', detail: '' },
      ...devices.map(({ device, available, reason }) => ({
        value: device as DeviceChoice,
        label: device,
        description: deviceTitles[device],
        detail: available ? '' : `Cannot be used: ${reason}`,
      })),
    ].map(({ detail, ...item }) => ({
      ...item,
      ...(detail !== '' && { detail }),
      ...(item.value === choice && { description: `${item.description}, chosen now` }),
    }));
    const chosen = await window.showQuickPick(items, {
      title: 'Device',
      placeHolder: 'Where do models run?',
      ignoreFocusOut: true,
    });
    if (chosen === undefined) return;
    const configuration = workspace.getConfiguration('rejuvenation');
    const inWorkspace = configuration.inspect(setting)?.workspaceValue !== undefined;
    await configuration.update(
      setting,
      chosen.value,
      inWorkspace ? ConfigurationTarget.Workspace : ConfigurationTarget.Global,
    );
  }
}

async function installCuda(): Promise<void> {
  await commands.executeCommand('rejuvenation.installCuda');
}
