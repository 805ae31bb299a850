import { Interrupted, RunError } from '../../errors.ts';
import { type DeviceProbe, type EmulatedUnits, type StartAnswer, startRequest } from '../../protocol/engine.ts';
import type { Device, DeviceChoice } from '../../settings/devices.ts';
import type { Precision, ProductForm } from '../../settings/precision.ts';
import type { WeightStorage } from '../../settings/weightStorage.ts';
import { cudaEnvironment } from '../device/cudaEnvironment.ts';
import type { CudaSurvey } from '../device/cudaLibraries/findCudaLibraries.ts';
import { cudaSurvey, librariesEnvironment } from '../device/cudaLibraries/librariesEnvironment.ts';
import { type Gpu, nvidiaGpus, visibleGpus } from '../device/gpus.ts';
import { memoryBudget } from '../plan/memoryBudget.ts';
import type { Engine } from './engine.ts';
import { EnginePool, type EngineSlot } from './enginePool.ts';
import { EngineProcess } from './engineProcess.ts';
import { type ProcessSettings, processCount, processSettings } from './processSettings.ts';

/* Starts the engine: finds a device that works, and prepares the processes that share the work. */

export interface EngineOptions {
  readonly device: DeviceChoice;
  /** Budget of each process, bytes; 0: as much as is free. */
  readonly memoryBytes: number;
  /** Processes that share the samples; 0, the default: one, or on CUDA one for each visible GPU. */
  readonly processes?: number;
  /** Threads of each process on the CPU; 0, the default, takes one a core, however many processes there are. */
  readonly threads?: number;
  /** `auto` unless said. */
  readonly weights?: WeightStorage;
  /** `exact` unless said. */
  readonly precision?: Precision;
  /** In tests and benches alone: see `StartParams`. */
  readonly units?: EmulatedUnits;
  readonly ranking?: 'device' | 'host';
  readonly signal?: AbortSignal | undefined;
}

/** Devices worth trying on this platform, fastest first. */
export function candidates(platform: NodeJS.Platform = process.platform): readonly Device[] {
  switch (platform) {
    case 'darwin':
      return ['webgpu', 'coreml', 'cpu'];
    case 'win32':
      return ['cuda', 'webgpu', 'dml', 'cpu'];
    default:
      return ['cuda', 'webgpu', 'cpu'];
  }
}

interface Started {
  readonly process: EngineProcess;
  readonly probe: StartAnswer;
}

/**
 * Forks an engine and tries one device in it. Each device has a process of its own: a bad driver may crash it.
 * @param signal ends the process: a driver may take many seconds, and nothing is lost
 */
async function tryDevice(
  device: Device,
  { gpu, ...settings }: ProcessSettings,
  signal?: AbortSignal,
  survey: CudaSurvey | Promise<CudaSurvey | undefined> | undefined = device === 'cuda' ? cudaSurvey(signal) : undefined,
): Promise<Started> {
  // A process that sees one GPU alone has no memory on any other, and needs no setting of the runtime's.
  const process = new EngineProcess({
    ...(gpu && { CUDA_VISIBLE_DEVICES: gpu.id }),
    // The others stay on the runtime as shipped, whatever was installed.
    ...(device === 'cuda' && cudaEnvironment(settings.precision)),
    ...(device === 'cuda' && librariesEnvironment(await survey)),
  });
  const abort = () => void process.end();
  signal?.addEventListener('abort', abort, { once: true });
  // It may have been while libraries were looked for.
  if (signal?.aborted) abort();
  try {
    const params = { device, ...settings };
    const probe = await process.answerOrDeath(() => process.connection.sendRequest(startRequest, params));
    return { process, probe };
  } catch (error) {
    await process.end();
    const reason = `trying it crashed (${error instanceof Error ? error.message : String(error)})`;
    return { process, probe: { device, available: false, reason, runtimeVersion: '', products: 'float32' } };
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/**
 * Starts an engine on the device asked for, or on the first of this platform's that works. Of several processes the
 * others are started with the first request.
 * @throws RunError when none works; Interrupted on abort
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { memoryBytes, processes = 0, threads = 0, weights = 'auto', precision = 'exact' } = options;
  const { units, ranking, signal } = options;
  const wanted = options.device === 'auto' ? candidates() : [options.device];
  const refused: DeviceProbe[] = [];
  for (const device of wanted) {
    const all = device === 'cpu' ? [] : await nvidiaGpus(signal);
    const gpus = device === 'cuda' ? visibleGpus(all, process.env['CUDA_VISIBLE_DEVICES']) : [];
    if (signal?.aborted) throw new Interrupted('Stopped.');
    const count = processCount(processes, gpus);
    const budget = memoryBudget(memoryBytes, device, count, gpus.slice(0, count), all);
    const tried = { ...(units && { units }), ...(ranking && { ranking }) };
    const shared = { memoryBytes: budget.bytes, threads, weights, precision, ...tried };
    const settings = processSettings({ ...shared, processes }, gpus);
    const { process: first, probe } = await tryDevice(device, settings[0]!, signal);
    if (probe.available) {
      const { runtimeVersion, products } = probe;
      const used = [...new Set(settings.flatMap(({ gpu }) => (gpu === undefined ? [] : [gpu.label])))];
      const slots = settings.map((each, i) => slotOf(device, each, i + 1, products));
      return new EnginePool({ device, refused, runtimeVersion, products, gpus: used, memory: budget }, slots, first);
    }
    await first.end();
    if (signal?.aborted) throw new Interrupted('Stopped.');
    refused.push({ device: probe.device, available: false, reason: probe.reason });
  }
  const reasons = refused.map(({ device, reason }) => `${device}: ${reason}`).join('; ');
  throw new RunError(`No device can run the model (${reasons}). Run "rejuvenate doctor" for what this machine has.`);
}

/** @param products of the first process: a record's are all computed alike */
function slotOf(device: Device, settings: ProcessSettings, number: number, products: ProductForm): EngineSlot {
  return {
    label: settings.gpu?.label ?? `engine ${number}`,
    async start(signal) {
      const { process, probe } = await tryDevice(device, settings, signal);
      const { available } = probe;
      if (available && probe.products === products) return { process };
      await process.end();
      return { reason: available ? 'it multiplies in another way than the first' : probe.reason };
    },
  };
}

/** What this machine has to compute with. */
export interface Machine {
  readonly devices: readonly DeviceProbe[];
  /** NVIDIA GPUs; none where their driver is not there. */
  readonly gpus: readonly Gpu[];
  readonly runtimeVersion: string;
  /** What the installed CUDA provider needs, and where it is; undefined where none is installed. */
  readonly cuda: CudaSurvey | undefined;
}

/** Tries every device of this platform, as a run with the default precision does. */
export async function probeDevices(): Promise<Machine> {
  const devices: DeviceProbe[] = [];
  let runtimeVersion = '';
  const cuda = candidates().includes('cuda') ? await cudaSurvey() : undefined;
  for (const device of candidates()) {
    const { process, probe } = await tryDevice(
      device,
      {
        memoryBytes: 0,
        threads: 0,
        spinning: false,
        weights: 'float32',
        precision: 'exact',
        gpu: undefined,
      },
      undefined,
      cuda,
    );
    await process.end();
    devices.push({ device: probe.device, available: probe.available, reason: probe.reason });
    runtimeVersion ||= probe.runtimeVersion;
  }
  return { devices, gpus: await nvidiaGpus(), runtimeVersion, cuda };
}
