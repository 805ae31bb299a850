import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { endOfProcess } from '../../../../src/engine/process/processEnd.ts';

describe('the end of a process', () => {
  it('is told when all it said was read', async () => {
    const child = new EventEmitter() as ChildProcess;
    let told = false;
    const end = endOfProcess(child, 60_000).then((how) => {
      told = true;
      return how;
    });
    child.emit('exit', 7, null);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(told, false);
    child.emit('close', 7, null);
    assert.deepEqual(await end, { code: 7, signal: null });
  });

  it('is told although a process of its own holds its pipe', async () => {
    // It ends when nobody holds its input any more.
    const orphan = "process.stdin.resume().on('end', () => process.exit())";
    const parent = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(orphan)}], { stdio: 'inherit' });
      process.kill(process.pid, 'SIGKILL');`;
    const child = spawn(process.execPath, ['-e', parent], { stdio: ['pipe', 'ignore', 'pipe'] });
    const closed = new Promise((resolve) => child.once('close', resolve));
    let read = false;
    void closed.then(() => {
      read = true;
    });
    assert.deepEqual(await endOfProcess(child, 0), { code: null, signal: 'SIGKILL' });
    assert.equal(read, false);
    child.stdin.end();
    await closed;
  });
});
