import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FollowedRun } from '../../../src/views/slurm/followedRuns.ts';
import type { SlurmRuns } from '../../../src/views/slurm/slurmRuns.ts';
import { withStandIn } from './withStandIn.ts';

/* Runs on Slurm that a window left, offered in the next, with a stand-in for VS Code's API: its trust is given in a dialogue. */

interface Stub {
  trusted: boolean;
  readonly said: string[];
  readonly granted: (() => void)[];
}

const stubSource = `
const stub = { trusted: false, said: [], granted: [] };
module.exports = {
  stub,
  workspace: {
    get isTrusted() { return stub.trusted; },
    onDidGrantWorkspaceTrust(listener) { stub.granted.push(listener); return { dispose() {} }; },
    getConfiguration: () => ({ get: (name, other) => other }),
  },
  window: { async showInformationMessage(text) { stub.said.push(text); } },
  commands: {}, Uri: {},
};
`;

describe('runs on Slurm that a window left', () => {
  let folder: string;
  let stub: Stub;
  let Runs: typeof SlurmRuns;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'views-slurm-'));
    const contents = `export { SlurmRuns } from './slurm/slurmRuns.ts'; export { stub } from 'vscode';`;
    const built = (await withStandIn(folder, stubSource, contents)) as { stub: Stub; SlurmRuns: typeof SlurmRuns };
    ({ stub, SlurmRuns: Runs } = built);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('are offered once the workspace is trusted; those that are no longer there are forgotten', async () => {
    mkdirSync(join(folder, 'kept.slurm'));
    writeFileSync(join(folder, 'kept.slurm', 'run.json'), '{}');
    const run = (name: string): FollowedRun => ({
      folder: join(folder, `${name}.slurm`),
      named: `Sweep of ${name}`,
      opens: { view: 'inspector', path: '/r' },
    });
    let kept: unknown = [run('gone'), run('kept')];
    const changed = new Promise<void>((resolve) => {
      const memento = {
        keys: () => [],
        get: () => kept as never,
        update: async (_key: string, value: unknown) => {
          kept = value;
          resolve();
        },
      };
      const jobs = {} as ConstructorParameters<typeof SlurmRuns>[0];
      new Runs(jobs, memento, () => Promise.reject(new Error('nothing is submitted'))).offer();
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([stub.said, kept], [[], [run('gone'), run('kept')]]);
    stub.trusted = true;
    for (const listener of stub.granted) listener();
    await changed;
    while (stub.said.length === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.match(stub.said.join(), /^Sweep of kept was on Slurm when this window was closed/);
    assert.deepEqual(kept, [run('kept')]);
  });
});
