import { CancellationTokenSource, type NotificationType, type RequestType, ResponseError } from 'vscode-jsonrpc/node';
import { InputError, Interrupted, RunError } from '../errors.ts';
import {
  attributedNotification,
  attributeRequest,
  type Device,
  type DeviceChoice,
  type DeviceProbe,
  type EnginePlan,
  type EngineProgress,
  engineErrors,
  measuredNotification,
  measureRequest,
  progressNotification,
  startRequest,
} from '../protocol/engine.ts';
import type { Engine, EngineCallbacks } from './engine.ts';
import { EngineProcess } from './engineProcess.ts';

export interface EngineOptions {
  readonly device: DeviceChoice;
  readonly memoryBytes: number;
  /** Threads of the CPU device; 0, the default, takes one a core. */
  readonly threads?: number;
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
  readonly probe: DeviceProbe & { readonly runtimeVersion: string };
}

/** Forks an engine and tries one device in it. Each device has a process of its own: a bad driver may crash it. */
async function tryDevice(
  device: Device,
  { memoryBytes, threads = 0 }: Omit<EngineOptions, 'device'>,
): Promise<Started> {
  const process = new EngineProcess();
  try {
    const answer = process.connection.sendRequest(startRequest, { device, memoryBytes, threads });
    return { process, probe: await process.answerOrDeath(answer) };
  } catch (error) {
    await process.end();
    const reason = `trying it crashed (${error instanceof Error ? error.message : String(error)})`;
    return { process, probe: { device, available: false, reason, runtimeVersion: '' } };
  }
}

/**
 * Starts an engine on the device asked for, or on the first of this platform's that works.
 * @throws RunError when none works; Interrupted on abort
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const wanted = options.device === 'auto' ? candidates() : [options.device];
  const refused: DeviceProbe[] = [];
  for (const device of wanted) {
    if (options.signal?.aborted) throw new Interrupted('Stopped.');
    const { process, probe } = await tryDevice(device, options);
    if (probe.available) return new EngineClient(process, device, refused, probe.runtimeVersion);
    await process.end();
    refused.push({ device: probe.device, available: false, reason: probe.reason });
  }
  const reasons = refused.map(({ device, reason }) => `${device}: ${reason}`).join('; ');
  throw new RunError(`No device can run the model (${reasons}). Run "rejuvenate doctor" for what this machine has.`);
}

/** Tries every device of this platform. @returns one entry a device, and the runtime's version */
export async function probeDevices(): Promise<{
  readonly devices: readonly DeviceProbe[];
  readonly runtimeVersion: string;
}> {
  const devices: DeviceProbe[] = [];
  let runtimeVersion = '';
  for (const device of candidates()) {
    const { process, probe } = await tryDevice(device, { memoryBytes: 0 });
    await process.end();
    devices.push({ device: probe.device, available: probe.available, reason: probe.reason });
    runtimeVersion ||= probe.runtimeVersion;
  }
  return { devices, runtimeVersion };
}

class EngineClient implements Engine {
  readonly device: Device;
  readonly refused: readonly DeviceProbe[];
  readonly runtimeVersion: string;
  readonly #process: EngineProcess;

  constructor(process: EngineProcess, device: Device, refused: readonly DeviceProbe[], runtimeVersion: string) {
    this.#process = process;
    this.device = device;
    this.refused = refused;
    this.runtimeVersion = runtimeVersion;
  }

  measure: Engine['measure'] = (params, callbacks) =>
    this.#request(measureRequest, measuredNotification, params, callbacks);

  attribute: Engine['attribute'] = (params, callbacks) =>
    this.#request(attributeRequest, attributedNotification, params, callbacks);

  dispose(): Promise<void> {
    return this.#process.end();
  }

  async #request<Params, Result>(
    request: RequestType<Params, EnginePlan, void>,
    notification: NotificationType<Result>,
    params: Params,
    { onSample, onProgress, signal }: EngineCallbacks<Result>,
  ): Promise<EnginePlan> {
    if (signal?.aborted) throw new Interrupted('Stopped.');
    const { connection } = this.#process;
    const cancellation = new CancellationTokenSource();
    // An exception of the caller's must not vanish in the connection: it cancels the request and is thrown below.
    let failure: { readonly error: unknown } | undefined;
    const guarded =
      <Argument>(listener: (argument: Argument) => void) =>
      (argument: Argument) => {
        if (failure !== undefined) return;
        try {
          listener(argument);
        } catch (error) {
          failure = { error };
          cancellation.cancel();
        }
      };
    const listeners = [
      connection.onNotification(notification, guarded(onSample)),
      connection.onNotification(
        progressNotification,
        guarded((progress: EngineProgress) => onProgress?.(progress)),
      ),
    ];
    const answer = this.#process.answerOrDeath(connection.sendRequest(request, params, cancellation.token));
    const abort = () => {
      cancellation.cancel();
      void this.#process.killUnless(answer);
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await answer;
    } catch (error) {
      if (failure !== undefined) throw failure.error;
      if (signal?.aborted) throw new Interrupted('Stopped.');
      throw hostError(error);
    } finally {
      signal?.removeEventListener('abort', abort);
      for (const listener of listeners) listener.dispose();
      cancellation.dispose();
    }
  }
}

function hostError(error: unknown): unknown {
  if (!(error instanceof ResponseError)) return error;
  if (error.code === engineErrors.input) return new InputError(error.message);
  if (error.code === engineErrors.cancelled) return new Interrupted(error.message);
  return new RunError(error.message);
}
