import { type LogOutputChannel, ProgressLocation, type QuickPickItem, QuickPickItemKind, window } from 'vscode';
import { chooseSource, findPythonProvider } from '../../engine/device/cudaRuntime/chooseSource.ts';
import { consentFacts, consentText } from '../../engine/device/cudaRuntime/consent.ts';
import {
  installCudaRuntime,
  type PackageSource,
  removeCudaRuntime,
  requireCudaPlatform,
} from '../../engine/device/cudaRuntime/cudaRuntime.ts';
import type { FeedFetch } from '../../engine/device/cudaRuntime/feedFetch.ts';
import { installedCudaRuntime, runtimePackageVersion } from '../../engine/device/cudaRuntime/runtimePlace.ts';
import { Interrupted } from '../../errors.ts';
import type { DevicesPanel } from '../devices/devicesPanel.ts';
import { messageOf } from '../jobs/messageOf.ts';
import { requireTrust } from '../jobs/trust.ts';

/* The commands *Install CUDA Runtime…* and *Remove CUDA Runtime…*. */

/** VS Code's own `fetch`: it follows `http.proxy`, the system's proxy and its certificates. */
const fetchThroughVscode: FeedFetch = (url, init) => fetch(url, init);

async function withProgress<Result>(
  title: string,
  work: (signal: AbortSignal, report: (message: string, increment: number) => void) => Promise<Result>,
): Promise<Result> {
  return window.withProgress(
    { location: ProgressLocation.Notification, title, cancellable: true },
    async (progress, token) => {
      const controller = new AbortController();
      token.onCancellationRequested(() => controller.abort());
      return await work(controller.signal, (message, increment) => progress.report({ message, increment }));
    },
  );
}

/** Where the libraries come from; undefined when the user gave up. */
async function askSource(): Promise<PackageSource | undefined> {
  const title = 'Install CUDA Runtime';
  const version = runtimePackageVersion();
  const { source, others } = await withProgress('Looking for onnxruntime-gpu', findPythonProvider);
  const download = { label: 'Download', detail: "From ONNX Runtime's official package feed" };
  const installed = {
    label: 'From Python',
    detail: source !== undefined && 'provider' in source ? `onnxruntime-gpu in ${source.provider.python}` : '',
  };
  const pip = {
    label: 'By pip',
    detail: `pip fetches the wheel of onnxruntime-gpu ${version}, from where it is configured to`,
  };
  const file = { label: 'From a File…', detail: 'A package (.nupkg, .zip), wheel (.whl) or tarball (.tgz)' };
  const folder = { label: 'From a Folder…', detail: 'An unpacked package' };
  const items = [...(source === undefined ? [] : [installed]), download, pip, file, folder];
  const placeHolder =
    others.length === 0 ? 'Where from?' : `Where from? (ONNX Runtime here is ${version}; ${others.join('; ')})`;
  const chosen = await window.showQuickPick(items, { title, placeHolder, ignoreFocusOut: true });
  switch (chosen) {
    case undefined:
      return undefined;
    case installed:
      return source;
    case download:
    case pip:
      return withProgress(chosen === pip ? 'Looking for pip' : 'Asking the package feed for size and hash', (signal) =>
        chooseSource(chosen === pip ? 'pip' : 'feed', undefined, async () => fetchThroughVscode, signal),
      );
    default: {
      const filters = { 'Package, wheel or tarball': ['nupkg', 'zip', 'whl', 'tgz', 'gz'] };
      const options = chosen === file ? { filters } : { canSelectFiles: false, canSelectFolders: true };
      const [path] = (await window.showOpenDialog({ title, ...options })) ?? [];
      return path === undefined ? undefined : { file: path.fsPath };
    }
  }
}

/** Shows everything that is agreed to beside the answers, in one list. */
async function consent(source: PackageSource): Promise<boolean> {
  const yes: QuickPickItem = { label: 'Install' };
  const no: QuickPickItem = { label: 'Do Not Install' };
  const facts = consentFacts(source).map(({ name, value }) => ({ label: name, detail: value }));
  const separator = { label: 'What will be done', kind: QuickPickItemKind.Separator };
  const options = { title: 'Install the CUDA runtime?', placeHolder: 'Nothing is fetched before you choose' };
  return (await window.showQuickPick([no, yes, separator, ...facts], { ...options, ignoreFocusOut: true })) === yes;
}

async function install(log: LogOutputChannel, devices: DevicesPanel): Promise<void> {
  requireCudaPlatform();
  const source = await askSource();
  if (source === undefined) return;
  if (!(await consent(source))) return;
  log.info(consentText(source));
  const { folder, cudaMajor, sha256 } = await withProgress('Installing the CUDA runtime', (signal, report) => {
    const total = 'found' in source ? source.found.bytes : 0;
    let shown = 0;
    return installCudaRuntime(source, {
      signal,
      onBytes(bytes) {
        const percent = Math.floor((100 * bytes) / total);
        if (percent > shown) report(`${percent} %`, percent - shown);
        shown = percent;
      },
    });
  });
  log.info(`The provider is for CUDA ${cudaMajor}; its SHA-256 is ${sha256}`);
  log.info(`CUDA runtime installed in ${folder}`);
  // Not awaited: the message stays until somebody closes it.
  void window.showInformationMessage('The CUDA runtime is installed. The page of devices says what works.');
  devices.show();
}

async function told(log: LogOutputChannel, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Interrupted) {
      log.info(error.message);
      return;
    }
    log.error(messageOf(error));
    void window.showErrorMessage(messageOf(error));
  }
}

/** *Install CUDA Runtime…*: asks where from, says what will be fetched and where it is kept, and only then does it. */
export async function installCuda(log: LogOutputChannel, devices: DevicesPanel): Promise<void> {
  if (!requireTrust()) return;
  return told(log, () => install(log, devices));
}

/** *Remove CUDA Runtime…* */
export async function removeCuda(log: LogOutputChannel, devices: DevicesPanel): Promise<void> {
  if (!requireTrust()) return;
  return told(log, async () => {
    const folder = installedCudaRuntime();
    if (folder !== undefined) {
      const yes: QuickPickItem = { label: 'Remove', detail: folder };
      const title = 'Remove the CUDA runtime?';
      if ((await window.showQuickPick([{ label: 'Keep' }, yes], { title, ignoreFocusOut: true })) !== yes) return;
    }
    const removed = await removeCudaRuntime();
    devices.changed();
    log.info(removed ? 'CUDA runtime removed' : 'no CUDA runtime was installed');
    void window.showInformationMessage(removed ? 'The CUDA runtime was removed.' : 'No CUDA runtime was installed.');
  });
}
