import { devicesSay } from '../harness/devices.ts';
import { useWorkbench } from '../harness/useWorkbench.ts';

describe('The packaged extension', () => {
  const workbench = useWorkbench({ extension: 'installed' });

  it('finds its engine and lists the CPU as available', async () => {
    await workbench.runCommand('Rejuvenation: Show Devices');
    await devicesSay(workbench, /ONNX Runtime \d+\.\d+\.\d+/);
    await devicesSay(workbench, /Processor \(CPU\)\s+can be used/);
  });
});
