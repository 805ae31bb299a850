import { useWorkbench } from '../harness/useWorkbench.ts';

describe('Show Devices', () => {
  const workbench = useWorkbench();

  it('lists the CPU as available in the log', async () => {
    await workbench.runCommand('Rejuvenation: Show Devices');
    await workbench.waitForOutput(/ONNX Runtime \d+\.\d+\.\d+/);
    await workbench.waitForOutput(/cpu: available/);
  });
});
