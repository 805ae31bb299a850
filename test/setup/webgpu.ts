import { startEngine } from '../../src/engine/process/client.ts';
import { SetupError } from './setupError.ts';
import { ensureSoftwareVulkan, type VulkanEnvironment } from './vulkan.ts';

/**
 * Environment variables under which WebGPU works: none where this machine's own adapter does, else those of software
 * Vulkan. @returns undefined where neither can be had
 */
export async function webgpuEnvironment(say: (line: string) => void): Promise<VulkanEnvironment | undefined> {
  const own = await startEngine({ device: 'webgpu', memoryBytes: 2 ** 31 }).catch(() => undefined);
  if (own !== undefined) {
    await own.dispose();
    return {};
  }
  try {
    return ensureSoftwareVulkan(say);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    return undefined;
  }
}
