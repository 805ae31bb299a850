import { dirname } from 'node:path';
import { type LogOutputChannel, ProgressLocation, window } from 'vscode';
import type { FoundLibrary } from '../../engine/device/cudaLibraries/findCudaLibraries.ts';
import { probeDevices } from '../../engine/process/client.ts';
import { shownGpu } from '../../run/progress/shownGpu.ts';
import { requireTrust } from '../jobs/trust.ts';

/** The command *Show Devices*: tries every device of this platform, and lists in the log what each answered. */
export async function showDevices(log: LogOutputChannel): Promise<void> {
  if (!requireTrust()) return;
  const title = 'Rejuvenation: trying devices…';
  const { devices, gpus, runtimeVersion, cuda } = await window.withProgress(
    { location: ProgressLocation.Window, title },
    () => probeDevices(),
  );
  log.info(`ONNX Runtime ${runtimeVersion}`);
  for (const { device, available, reason } of devices) {
    log.info(available ? `${device}: available` : `${device}: not available, ${reason}`);
  }
  for (const gpu of gpus) log.info(`GPU ${gpu.number}: ${shownGpu(gpu)}`);
  for (const line of libraryLines(cuda?.libraries ?? [])) log.info(line);
  log.show(true);
}

/** Where CUDA's libraries are, a line a folder. How to get those that are missing, what CUDA answered says. */
function libraryLines(libraries: readonly FoundLibrary[]): readonly string[] {
  const folders = new Map<string, string[]>();
  for (const { name, file, where } of libraries) {
    const wrong = where === '' ? 'not found' : `not found, ${where}`;
    const place = file === undefined ? wrong : `in ${dirname(file)} (${where})`;
    folders.set(place, [...(folders.get(place) ?? []), name]);
  }
  return [...folders].map(([place, names]) => `${names.join(', ')}: ${place}`);
}
