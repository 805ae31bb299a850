import assert from 'node:assert/strict';
import { setEnvironment } from '../../environment.ts';
import { LocalFeed, makePackage } from '../../unit/engine/cudaRuntime/localFeed.ts';
import { devicesSay } from '../harness/devices.ts';
import { picture } from '../harness/gallery.ts';
import { useWorkbench } from '../harness/useWorkbench.ts';

const variable = 'REJUVENATE_NUGET_INDEX';

if (process.platform === 'linux' && process.arch === 'x64') {
  describe('Install CUDA Runtime', () => {
    let restore: () => void;
    let feed: LocalFeed;
    // Before the window opens: the extension host has the environment it is started with.
    before(async () => {
      feed = await LocalFeed.start(await makePackage());
      restore = setEnvironment({ [variable]: feed.index });
    });
    after(async () => {
      restore();
      await feed.stop();
    });
    const workbench = useWorkbench();
    const packageAsked = () => feed.requests.some((url) => url.endsWith('.nupkg'));

    it('says what, how much, from where and to where, and fetches nothing when refused', async () => {
      await workbench.runCommand('Rejuvenation: Install CUDA Runtime…');
      await workbench.pick('Download');
      await workbench.quickRow('Do Not Install').waitFor();
      const text = await workbench.page.locator('.quick-input-widget').innerText();
      assert.match(text, /Install the CUDA runtime\?/);
      assert.match(text, /Download\s+\d.* from http:\/\/127\.0\.0\.1/);
      assert.match(text, /Kept in\s+.*globalStorage.*cuda-runtime/);
      assert.match(text, /Licence\s+not stated by the feed/);
      await picture(workbench, 'cuda-consent');
      await workbench.pick('Do Not Install');
      await workbench.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
      assert.equal(packageAsked(), false);
    });

    it('installs it after consent, and the devices say what the machine lacks', async () => {
      await workbench.runCommand('Rejuvenation: Install CUDA Runtime…');
      await workbench.pick('Download');
      await workbench.pick('Install');
      // The message beside it goes after some seconds, which a busy machine may need to look; the page stays.
      const text = await devicesSay(workbench, /CUDA runtime in .*cuda-runtime\/\d+\.\d+\.\d+/);
      assert.equal(packageAsked(), true);
      assert.match(text, /NVIDIA GPU \(CUDA\)\s+cannot be used\s+Not found on this machine: /);
      assert.match(text, /nvidia-cublas==99/);
      assert.match(text, /What to do: Run the command above/);
      assert.match(text, /libnvrtc\.so\.99: not found/);
      assert.match(text, /Processor \(CPU\)\s+can be used/);
    });

    it('removes it', async () => {
      await workbench.runCommand('Rejuvenation: Remove CUDA Runtime…');
      await workbench.pick('Remove');
      // The page, still open, tries the devices again.
      await devicesSay(
        workbench,
        /NVIDIA GPU \(CUDA\)\s+cannot be used\s+ONNX Runtime's CUDA libraries are not installed/,
      );
    });
  });
}
