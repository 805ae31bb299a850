import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../../paths.ts';

/** TypeScript files below a folder, by their path from the package's. */
function sources(folder: string): readonly string[] {
  const entries = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return entries.filter((entry) => /\.m?[jt]s$/.test(entry)).map((entry) => join(folder, entry));
}

describe('the runtime’s telemetry', () => {
  const loads = /(?:^import\s[^']*|\bfrom |\bimport\(|\brequire\()'onnxruntime-node'/m;

  it('is silenced wherever the runtime is loaded: in one place', () => {
    const loading = ['src', 'bench', 'test', 'scripts'].flatMap(sources).filter((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      return loads.test(text);
    });
    // The bench's archive is bundled with a `require` in place of the import in runtime.ts.
    assert.deepEqual(loading.sort(), ['bench/gpu/archiveFolder.ts', 'src/engine/device/runtime.ts']);
    for (const first of ['runtime.ts', 'privateBinding.ts']) {
      const text = readFileSync(join(root, 'src', 'engine', 'device', first), 'utf8');
      assert.equal(/^import .*/m.exec(text)?.[0], "import './silence.ts';", first);
    }
  });

  it('is silent in a process that was started without a word of it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'telemetry-'));
    try {
      for (const each of ['home', 'cache', 'tmp']) mkdirSync(join(folder, each));
      const { ORT_DISABLE_TELEMETRY: _, ...rest } = process.env;
      const at = (place: string) => join(folder, place);
      const env = { ...rest, HOME: at('home'), XDG_CACHE_HOME: at('cache'), TMPDIR: at('tmp'), TSX_DISABLE_CACHE: '1' };
      const script = `
        import { probe } from './src/engine/device/probe.ts';
        const { available, reason } = await probe('cpu');
        if (!available) throw new Error(reason);`;
      const args = ['--import', 'tsx', '--input-type', 'module', '--eval', script];
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
      // tsx talks with what it starts through a folder of its own.
      assert.deepEqual(
        found.filter((entry) => !/^tmp\/tsx-/.test(entry)),
        ['cache', 'home', 'tmp'],
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
