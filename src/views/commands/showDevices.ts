import { type LogOutputChannel, ProgressLocation, window } from 'vscode';
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
  for (const { name, file, where } of cuda?.libraries ?? []) {
    log.info(
      file === undefined ? `${name}: not found${where === '' ? '' : `, ${where}`}` : `${name}: ${file} (${where})`,
    );
  }
  if (cuda?.command !== undefined) log.info(`What is missing comes by: ${cuda.command}`);
  log.show(true);
}
