import { useWorkbench } from '../harness/useWorkbench.ts';

describe('The packaged extension', () => {
  const workbench = useWorkbench({ extension: 'installed' });

  it('finds its engine and lists the CPU as available', async () => {
    await workbench.runCommand('Rejuvenation: Show Devices');
    await workbench.waitForOutput(/ONNX Runtime \d+\.\d+\.\d+/);
    await workbench.waitForOutput(/cpu: available/);
  });
});
