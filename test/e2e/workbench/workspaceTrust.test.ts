import assert from 'node:assert/strict';
import { devicesSay } from '../harness/devices.ts';
import { eventually } from '../harness/eventually.ts';
import { useWorkbench } from '../harness/useWorkbench.ts';

describe('A workspace that nobody has trusted', () => {
  const workbench = useWorkbench({ untrusted: true });

  it('has the commands that run no model, and only those', async () => {
    await workbench.statusItem('Restricted Mode').waitFor();
    await workbench.runCommand('Rejuvenation: Show Log');
    assert.equal(await workbench.offersCommand('Rejuvenation: Rejuvenate Checkpoint…'), false);
    assert.equal(await workbench.offersCommand('Rejuvenation: Try the Sample'), false);
    assert.equal(await workbench.offersCommand('Rejuvenation: Measure Readiness…'), false);
  });

  it('has all of them once it is trusted', async () => {
    await workbench.trustWorkspace();
    await eventually(async () =>
      assert.equal(await workbench.offersCommand('Rejuvenation: Rejuvenate Checkpoint…'), true),
    );
    await workbench.runCommand('Rejuvenation: Show Devices');
    await devicesSay(workbench, /Processor \(CPU\)\s+can be used/);
  });
});
