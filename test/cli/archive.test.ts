import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeArchiveFolder, targets } from '../../packaging/archiveFolder.ts';
import { checkpointFixtures } from '../paths.ts';

describe('the archive with Node and ONNX Runtime', () => {
  let folder: string;
  const at = (...path: string[]) => join(folder, ...path);
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'an archive-')));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('runs models where nothing is installed, with nothing of this machine', async function () {
    const target = `${process.platform}-${process.arch}`;
    if (targets[target] === undefined) this.skip();
    await makeArchiveFolder(at('archive'), target);
    assert.deepEqual(readdirSync(at('archive')).sort(), [
      ...['LICENSE', 'README.md', 'THIRD-PARTY-NOTICES.txt', 'bin', 'dist', 'media', 'node_modules', 'package.json'],
      'rejuvenate',
    ]);
    assert.match(readFileSync(at('archive', 'THIRD-PARTY-NOTICES.txt'), 'utf8'), /^Node\.js \d+\.\d+\.\d+\n/);
    const pair = join(checkpointFixtures, 'tiny-qwen3-tied');
    const args = [
      ...['run', '--base', join(pair, 'base'), '--sft', join(pair, 'sft'), '--out', at('out')],
      ...['--calibration', join(checkpointFixtures, 'tiny-calibration.jsonl'), '--device', 'cpu'],
    ];
    const bare = { stdio: 'ignore', env: { PATH: at('nothing') } } as const;
    execFileSync(at('archive', 'rejuvenate'), args, bare);
    assert.ok(existsSync(at('out', 'rejuvenation.json')));
    // By a link, as from a folder of programs; links are followed by a program of the system.
    symlinkSync('archive/rejuvenate', at('linked'));
    const said = execFileSync(at('linked'), ['--version'], { encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } });
    assert.match(said, /^\d+\.\d+\.\d+\n$/);
  });
});
