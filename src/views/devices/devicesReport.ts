import { dirname } from 'node:path';
import type { FoundLibrary } from '../../engine/device/cudaLibraries/findCudaLibraries.ts';
import type { Machine } from '../../engine/process/client.ts';
import type { DevicesReport, ShownDevice } from '../../protocol/devices.ts';
import { shownGpu } from '../../run/progress/shownGpu.ts';
import type { Device, DeviceChoice } from '../../settings/devices.ts';

/* Says for people what trying the devices gave: what can be used, why not, and what to do. Knows nothing of VS Code. */

/** A device's name for people. */
export const deviceTitles: Readonly<Record<Device, string>> = {
  cuda: 'NVIDIA GPU (CUDA)',
  webgpu: 'Any GPU (WebGPU)',
  dml: 'Any GPU on Windows (DirectML)',
  coreml: 'Apple hardware (Core ML)',
  cpu: 'Processor (CPU)',
};

/** What the machine is, beside what trying its devices gave. */
export interface MachineFacts {
  readonly choice: DeviceChoice;
  /** Folder of the installed CUDA runtime. */
  readonly cudaRuntime: string | undefined;
  /** The CUDA runtime can be installed on this platform. */
  readonly canInstall: boolean;
}

/** What to do about a device that cannot be used. */
function adviceOn(device: Device, reason: string, gpus: number, { cudaRuntime, canInstall }: MachineFacts): string {
  if (device === 'cuda') {
    if (!canInstall) return 'Take another device: the runtime has CUDA for Linux on x64 only.';
    if (cudaRuntime === undefined) {
      if (gpus > 0) return 'Choose “Install CUDA runtime…”. Nothing is fetched before you agree.';
      return 'Without an NVIDIA GPU there is nothing to do. With one, install NVIDIA’s driver first, then the CUDA runtime.';
    }
    if (/; .* by: /.test(reason)) return 'Run the command above in a terminal, then choose “Try again”.';
    if (gpus === 0) return 'No NVIDIA GPU answers its driver. Install or repair the driver, then choose “Try again”.';
    return 'Update NVIDIA’s driver, then choose “Try again”.';
  }
  if (/does not include it/.test(reason)) return 'Nothing to do: take another device.';
  if (device === 'webgpu') {
    return process.platform === 'linux'
      ? 'Install a graphics driver with Vulkan (Mesa’s, or the maker’s), then choose “Try again”.'
      : 'Install or update the graphics driver, then choose “Try again”.';
  }
  return 'Take another device; the log (Rejuvenation: Show Log) has what runs said.';
}

function verdictOf(devices: readonly ShownDevice[], choice: DeviceChoice): string {
  const used = devices.find((each) => each.used);
  if (used === undefined && choice === 'auto') return 'No device of this machine can run models.';
  if (used !== undefined && choice === 'auto')
    return `Runs use ${used.title}, the fastest that works (the setting rejuvenation.device is auto).`;
  if (used?.available) return `Runs use ${used.title}, as the setting rejuvenation.device says.`;
  return `The setting rejuvenation.device is ${choice}, which cannot be used here: runs will fail until you choose another.`;
}

/** Where CUDA's libraries are, a line a place. */
function placesOf(libraries: readonly FoundLibrary[]): DevicesReport['libraries'] {
  const places = new Map<string, string[]>();
  for (const { name, file, where } of libraries) {
    const wrong = where === '' ? 'not found' : `not found, ${where}`;
    const place = file === undefined ? wrong : `in ${dirname(file)} (${where})`;
    places.set(place, [...(places.get(place) ?? []), name]);
  }
  return [...places].map(([place, names]) => ({ names, place }));
}

export function devicesReport({ devices, gpus, runtimeVersion, cuda }: Machine, facts: MachineFacts): DevicesReport {
  const first = devices.find(({ available }) => available)?.device;
  const taken = facts.choice === 'auto' ? first : facts.choice;
  const shown = devices.map(({ device, available, reason }) => ({
    device,
    title: deviceTitles[device],
    available,
    used: device === taken,
    // The command line's way of doing what a button does here.
    reason: reason.replace(/ \(rejuvenate doctor --install-cuda\)/, ''),
    advice: available ? '' : adviceOn(device, reason, gpus.length, facts),
  }));
  return {
    runtime: runtimeVersion,
    choice: facts.choice,
    verdict: verdictOf(shown, facts.choice),
    devices: shown,
    gpus: gpus.map((gpu) => `GPU ${gpu.number}: ${shownGpu(gpu)}`),
    libraries: placesOf(cuda?.libraries ?? []),
    cudaRuntime: facts.cudaRuntime,
    canInstall: facts.canInstall,
  };
}

/** The report as plain text, for an issue or a mail. */
export function reportText(report: DevicesReport): string {
  const { runtime, verdict, devices, gpus, libraries, cudaRuntime } = report;
  return [
    `ONNX Runtime ${runtime === '' ? 'does not load' : runtime}, ${process.platform}-${process.arch}`,
    verdict,
    ...devices.map(({ device, available, reason }) =>
      available ? `${device}: available` : `${device}: not available, ${reason}`,
    ),
    ...gpus,
    ...(cudaRuntime === undefined ? [] : [`CUDA runtime in ${cudaRuntime}`]),
    ...libraries.map(({ names, place }) => `${names.join(', ')}: ${place}`),
    '',
  ].join('\n');
}
