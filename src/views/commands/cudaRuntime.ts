import { type LogOutputChannel, ProgressLocation, type QuickPickItem, QuickPickItemKind, window } from 'vscode';
import { consentFacts, consentText } from '../../engine/device/cudaRuntime/consent.ts';
import {
  installCudaRuntime,
  type PackageSource,
  removeCudaRuntime,
  requireCudaPlatform,
} from '../../engine/device/cudaRuntime/cudaRuntime.ts';
import type { FeedFetch } from '../../engine/device/cudaRuntime/feedFetch.ts';
import { findPackage } from '../../engine/device/cudaRuntime/packageFeed.ts';
import { parseSha512 } from '../../engine/device/cudaRuntime/packageFile.ts';
import { installedCudaRuntime, runtimePackageVersion } from '../../engine/device/cudaRuntime/runtimePlace.ts';
import { Interrupted, RunError } from '../../errors.ts';
import { messageOf } from '../jobs/messageOf.ts';
import { requireTrust } from '../jobs/trust.ts';
import { showDevices } from './showDevices.ts';

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

/** The hash a copy must have: from the feed, or where that is out of reach from the user. */
async function sha512Of(): Promise<string | undefined> {
  try {
    const title = 'Asking the package feed for the hash';
    const found = await withProgress(title, (signal) =>
      findPackage(fetchThroughVscode, runtimePackageVersion(), signal),
    );
    return found.sha512;
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    const typed = await window.showInputBox({
      title: 'Install CUDA Runtime',
      prompt: "The package feed cannot be reached. SHA-512 of the package: packageHash in the feed's catalog.",
      ignoreFocusOut: true,
      validateInput(text) {
        try {
          parseSha512(text);
          return undefined;
        } catch (fault) {
          return messageOf(fault);
        }
      },
    });
    return typed === undefined ? undefined : parseSha512(typed);
  }
}

/** Download or copy; undefined when the user gave up. */
async function askSource(): Promise<PackageSource | undefined> {
  const download = { label: 'Download', detail: "From ONNX Runtime's official package feed" };
  const copy = { label: 'From a File…', detail: 'A copy of the package (.nupkg), without a download' };
  const title = 'Install CUDA Runtime';
  const chosen = await window.showQuickPick([download, copy], { title, placeHolder: 'Where from?' });
  if (chosen === undefined) return undefined;
  if (chosen === download) {
    const asking = 'Asking the package feed for size and hash';
    const found = await withProgress(asking, (signal) =>
      findPackage(fetchThroughVscode, runtimePackageVersion(), signal),
    );
    return { fetch: fetchThroughVscode, found };
  }
  const [file] = (await window.showOpenDialog({ title, filters: { 'NuGet package': ['nupkg'] } })) ?? [];
  if (file === undefined) return undefined;
  const sha512 = await sha512Of();
  return sha512 === undefined ? undefined : { file: file.fsPath, sha512 };
}

/** Shows everything that is agreed to beside the answers, in one list. */
async function consent(source: Parameters<typeof consentFacts>[0]): Promise<boolean> {
  const yes: QuickPickItem = { label: 'Install' };
  const no: QuickPickItem = { label: 'Do Not Install' };
  const facts = consentFacts(source).map(({ name, value }) => ({ label: name, detail: value }));
  const separator = { label: 'What will be done', kind: QuickPickItemKind.Separator };
  const options = { title: 'Install the CUDA runtime?', placeHolder: 'Nothing is fetched before you choose' };
  return (await window.showQuickPick([no, yes, separator, ...facts], { ...options, ignoreFocusOut: true })) === yes;
}

async function install(log: LogOutputChannel): Promise<void> {
  requireCudaPlatform();
  const source = await askSource();
  if (source === undefined) return;
  const described = 'found' in source ? source.found : source;
  if (!(await consent(described))) return;
  log.info(consentText(described));
  const folder = await withProgress('Installing the CUDA runtime', (signal, report) => {
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
  log.info(`CUDA runtime installed in ${folder}`);
  // Not awaited: the message stays until somebody closes it.
  void window.showInformationMessage('The CUDA runtime is installed. Trying the devices; the log says what works.');
  await showDevices(log);
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
export async function installCuda(log: LogOutputChannel): Promise<void> {
  if (!requireTrust()) return;
  return told(log, () => install(log));
}

/** *Remove CUDA Runtime…* */
export async function removeCuda(log: LogOutputChannel): Promise<void> {
  if (!requireTrust()) return;
  return told(log, async () => {
    const folder = installedCudaRuntime();
    if (folder !== undefined) {
      const yes: QuickPickItem = { label: 'Remove', detail: folder };
      const title = 'Remove the CUDA runtime?';
      if ((await window.showQuickPick([{ label: 'Keep' }, yes], { title })) !== yes) return;
    }
    const removed = await removeCudaRuntime();
    log.info(removed ? 'CUDA runtime removed' : 'no CUDA runtime was installed');
    void window.showInformationMessage(removed ? 'The CUDA runtime was removed.' : 'No CUDA runtime was installed.');
  });
}
