import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { distFolder } from '../../src/distFolder.ts';
import { sampleFolder } from '../paths.ts';

const entry = join(distFolder, 'cli.cjs');
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Sends the process a signal when the command line asks for its first module: before it has loaded anything. */
const earliest = `
const { Module } = require('node:module');
const load = Module._load;
Module._load = function (name, parent, isMain) {
  if (parent?.filename === ${JSON.stringify(entry)}) {
    Module._load = load;
    process.kill(process.pid, process.env.EARLY_SIGNAL);
  }
  return load.call(this, name, parent, isMain);
};`;

describe('signals', () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'signals-')));
    writeFileSync(at('early.cjs'), earliest);
    const lines = readFileSync(join(sampleFolder, 'calibration.jsonl'), 'utf8').split('\n');
    writeFileSync(at('pairs.jsonl'), lines.slice(0, 24).join('\n'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const args = (record: string) => [
    ...['attribute', '--base', join(sampleFolder, 'base'), '--sft', join(sampleFolder, 'sft-over')],
    ...['--calibration', at('pairs.jsonl'), '--record', at(`${record}.rejuvenation.json`), '--device', 'cpu'],
  ];
  async function ended(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
    return new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)));
  }

  for (const signal of signals) {
    it(`hears ${signal} while it is still loading, begins nothing and leaves nothing`, async () => {
      const child = spawn(process.execPath, ['--require', at('early.cjs'), entry, ...args('early')], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, EARLY_SIGNAL: signal },
      });
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      assert.equal(await ended(child), 130, said);
      assert.equal(said, 'Interrupted. Nothing was begun.\n');
      assert.deepEqual(readdirSync(folder).sort(), ['early.cjs', 'pairs.jsonl']);
    });
  }

  it('cleans up after its terminal was closed, although nobody hears it any more', async () => {
    const child = spawn(process.execPath, [entry, ...args('closed')], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (child.stderr.destroyed || !said.includes('device: cpu')) return;
      child.stderr.destroy();
      child.kill('SIGHUP');
    });
    assert.equal(await ended(child), 130);
    // What was finished is kept, to be taken up; of the record itself there is nothing yet.
    const left = readdirSync(folder).filter((name) => name.startsWith('closed'));
    assert.deepEqual(left, ['closed.rejuvenation.partial']);
  });
});
