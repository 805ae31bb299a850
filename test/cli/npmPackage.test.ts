import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkpointFixtures, root } from '../paths.ts';

describe('the package of npm', () => {
  let folder: string;
  const at = (...path: string[]) => join(folder, ...path);
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'npm-pack-')));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('holds the command line and nothing else, and runs models from where it is unpacked', function () {
    // npm is a script there, which only a shell starts.
    if (process.platform === 'win32') this.skip();
    execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: root });
    const [tarball] = readdirSync(folder);
    execFileSync('tar', ['-xzf', at(tarball!), '-C', folder]);
    assert.deepEqual(readdirSync(at('package')).sort(), ['LICENSE', 'README.md', 'dist', 'media', 'package.json']);
    assert.ok(!readdirSync(at('package', 'dist')).some((name) => /\.map$|^test$|^extension|^\./.test(name)));
    const { bin } = JSON.parse(readFileSync(at('package', 'package.json'), 'utf8')) as {
      readonly bin: { readonly rejuvenate: string };
    };
    // What npm would fetch.
    mkdirSync(at('package', 'node_modules'));
    for (const name of ['onnxruntime-node', 'onnxruntime-common']) {
      symlinkSync(join(root, 'node_modules', name), at('package', 'node_modules', name));
    }
    const pair = join(checkpointFixtures, 'tiny-qwen3-tied');
    const args = [
      ...['run', '--base', join(pair, 'base'), '--sft', join(pair, 'sft'), '--out', at('out')],
      ...['--calibration', join(checkpointFixtures, 'tiny-calibration.jsonl'), '--device', 'cpu'],
    ];
    execFileSync(at('package', bin.rejuvenate), args, { stdio: 'ignore' });
    assert.ok(existsSync(at('out', 'rejuvenation.json')));
  });
});
