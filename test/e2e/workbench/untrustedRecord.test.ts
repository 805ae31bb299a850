import assert from 'node:assert/strict';
import { eventually } from '../harness/eventually.ts';
import { InspectorPage } from '../harness/inspector.ts';
import { useWorkbench } from '../harness/useWorkbench.ts';

describe('A record in a workspace that nobody has trusted', () => {
  const workbench = useWorkbench({ untrusted: true, record: 'quick' });
  const inspector = new InspectorPage(workbench);

  it('opens in the inspector, where the slider works', async () => {
    await workbench.statusItem('Restricted Mode').waitFor();
    await workbench.openFile('sample.rejuvenation.json');
    await inspector.ready();
    await inspector.showTab('Heatmap');
    await inspector.cell('Whole model').waitFor();
    const before = (await inspector.cells()).get('Whole model')!;
    await inspector.typeRho(1);
    await eventually(async () => assert.ok((await inspector.cells()).get('Whole model')! > before));
  });

  it('measures nothing', async () => {
    await inspector.showTab('Overview');
    await inspector.find('.measure-line').getByRole('button', { name: 'Measure' }).click();
    await workbench.notification('runs models only in trusted workspaces').waitFor();
    await inspector.find('.measure-line').getByText('not measured').waitFor();
    await workbench.runCommand('Notifications: Clear All Notifications');
  });

  it('commits nothing', async () => {
    await inspector.button('Commit…').click();
    await workbench.notification('runs models only in trusted workspaces').waitFor();
  });
});
