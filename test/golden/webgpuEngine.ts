import { startEngine } from '../../src/engine/process/client.ts';
import type { Engine } from '../../src/engine/process/engine.ts';
import { setEnvironment } from '../environment.ts';
import { webgpuEnvironment } from '../setup/webgpu.ts';

/* Starts an engine on WebGPU for a suite, which is skipped where there is none. */

export const webgpuOptions = { device: 'webgpu', memoryBytes: 2 ** 31 } as const;

/** To be called in a suite. @returns gives the engine, once tests run */
export function webgpuEngine(): () => Engine {
  let restore: (() => void) | undefined;
  let engine: Engine | undefined;

  before(async function () {
    const found = await webgpuEnvironment(console.log);
    if (found === undefined) this.skip();
    restore = setEnvironment(found);
    engine = await startEngine(webgpuOptions);
  });

  after(async () => {
    await engine?.dispose();
    restore?.();
  });

  return () => engine!;
}
