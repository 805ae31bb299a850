import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkpointFixtures } from '../paths.ts';
import { rejuvenate } from './rejuvenate.ts';

/** Sends a signal as soon as the program asks for its first module: nothing of it has run yet, but what catches signals. */
const preload = (signal: string) => `
const Module = require('node:module');
const load = Module._load;
let sent = false;
Module._load = function (request, parent, ...rest) {
  if (!sent && parent?.filename?.endsWith('cli.cjs')) {
    sent = true;
    process.kill(process.pid, '${signal}');
  }
  return load.call(this, request, parent, ...rest);
};
`;

describe('a signal while the program is being loaded', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'signals-'));
  });
  afterEach(() => {
    delete process.env['NODE_OPTIONS'];
    rmSync(folder, { recursive: true });
  });

  for (const signal of ['SIGINT', 'SIGTERM']) {
    it(`${signal} interrupts the command before it begins`, async () => {
      const pair = join(checkpointFixtures, 'tiny-qwen3-tied');
      const path = join(folder, 'preload.cjs');
      writeFileSync(path, preload(signal));
      process.env['NODE_OPTIONS'] = `--require ${path}`;
      const { exitCode, stderr, stdout } = await rejuvenate([
        ...['attribute', '--base', join(pair, 'base'), '--sft', join(pair, 'sft'), '--device', 'cpu'],
        ...['--calibration', join(checkpointFixtures, 'tiny-calibration.jsonl')],
        ...['--record', join(folder, 'a.rejuvenation.json')],
      ]);
      assert.equal(exitCode, 130, stderr);
      assert.match(stderr, /Interrupted\./);
      assert.equal(stdout, '');
      assert.deepEqual(readdirSync(folder), ['preload.cjs']);
    });
  }
});
