import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { programOutput } from '../../../../src/engine/device/programOutput.ts';

describe('the output of a program', () => {
  it('is what it writes; none that fails or is not there leaves a listener on the signal', async () => {
    const stop = new AbortController();
    const limits = { timeout: 60_000, signal: stop.signal };
    assert.equal(await programOutput(process.execPath, ['-p', '1 + 1'], limits), '2\n');
    await assert.rejects(programOutput(process.execPath, ['-e', 'process.exit(1)'], limits));
    await assert.rejects(programOutput('no-such-program-here', [], limits), { code: 'ENOENT' });
    assert.equal(getEventListeners(stop.signal, 'abort').length, 0);
    const waiting = programOutput(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], limits);
    stop.abort();
    await assert.rejects(waiting, { name: 'AbortError' });
  });
});
