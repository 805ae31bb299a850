import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { distFolder } from '../../src/distFolder.ts';
import { rejuvenate } from './rejuvenate.ts';

describe('rejuvenate mcp, spoken to by others', () => {
  it('reads over what is no message, and ends where one never does', async () => {
    const server = spawn(process.execPath, [join(distFolder, 'cli.cjs'), 'mcp'], { stdio: ['pipe', 'pipe', 'ignore'] });
    const exited = new Promise<number | null>((resolve) => server.once('close', resolve));
    let said = '';
    const answered = new Promise<void>((resolve) => {
      server.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (said.includes('\n')) resolve();
      });
    });
    server.stdin.on('error', () => undefined);
    server.stdin.write('{"jsonrpc": "2.0", "id": \n[1]\n{}\n');
    const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'x', version: '1' } };
    server.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params })}\n`);
    await answered;
    const { id, result } = JSON.parse(said.split('\n')[0]!);
    assert.deepEqual([id, result.serverInfo.name], [1, 'rejuvenate']);
    // Not ended: a line without an end.
    server.stdin.write('x'.repeat(50_000_000));
    assert.equal(await exited, 0);
    assert.equal(said.split('\n').length, 2);
  });

  it('refuses a root that is no folder', async () => {
    const { exitCode, stderr } = await rejuvenate(['mcp', '--root', 'gone']);
    assert.equal(exitCode, 2);
    assert.match(stderr, /^error: The root "gone" is not a folder\.$/m);
  });
});
