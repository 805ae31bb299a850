import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeArchiveFolder } from '../../bench/gpu/archiveFolder.ts';
import { webgpuEnvironment } from '../setup/webgpu.ts';

/** Cells of a table's rows that begin with these. */
function cells(report: string, ...first: readonly string[]): readonly string[] {
  const line = report.split('\n').find((each) => each.startsWith(`| ${first.join(' | ')} |`));
  assert.ok(line, `no row of ${first.join(', ')} in\n${report}`);
  return line
    .split('|')
    .slice(1 + first.length, -1)
    .map((each) => each.trim());
}

/*
 * The bench's archive, unpacked far from the repository, with an environment that names neither Node nor anything of it. The
 * PyTorch side is left out: the tests have no PyTorch.
 */
describe('the GPU bench as its archive carries it', () => {
  let folder: string;
  let archive: string;
  let scratch: string;
  let out: string;
  /** What stands for a user's home and temporary folder. */
  let home: string;
  /** Graphics drivers keep compiled shaders in the home folder; that is theirs. */
  const noShaderCaches = { MESA_SHADER_CACHE_DISABLE: '1', __GL_SHADER_DISK_CACHE: '0' };

  before(async function () {
    if (process.platform !== 'linux' || process.arch !== 'x64') this.skip();
    folder = mkdtempSync(join(tmpdir(), 'gpu-bench-'));
    archive = join(folder, 'archive');
    [scratch, out] = [join(folder, 'scratch'), join(folder, 'out')];
    home = join(folder, 'home');
    for (const each of [scratch, home]) mkdirSync(each);
    await makeArchiveFolder(archive);
  });

  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const places = ['--scratch', scratch, '--out', out];
    return spawnSync(join(archive, 'run.sh'), [...args, ...places], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin', HOME: home, TMPDIR: home, ...environment },
    });
  }
  const tiny = ['--sizes', 'tiny', '--samples', '2', '--side', '64', '--torch', 'none', '--goldens', 'tiny-qwen3-tied'];
  const report = () => readFileSync(join(out, 'gpu-bench.md'), 'utf8');

  it('carries the licences of Node, ONNX Runtime and the packages in it', () => {
    const notices = readFileSync(join(archive, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    for (const [name, words] of [
      [`Node.js ${process.versions.node}`, /Node\.js is licensed|Copyright Node\.js contributors|Files: \*/],
      ['onnxruntime-node 1.30.0 (MIT)', /Copyright \(c\) Microsoft Corporation/],
      ['zod', /Copyright \(c\) \d+ Colin McDonnell/],
      ['vscode-jsonrpc', /Permission is hereby granted/],
    ] as const) {
      const from = notices.indexOf(name);
      assert.ok(from >= 0, name);
      assert.match(notices.slice(from), words);
    }
    assert.ok(existsSync(join(archive, 'LICENSE')));
  });

  it('takes a small model from doctor to commit on WebGPU, and tells it against the ceilings', async function () {
    const environment = await webgpuEnvironment(console.log);
    if (environment === undefined) this.skip();
    const { status, stdout, stderr } = run([...tiny, '--device', 'webgpu'], { ...environment, ...noShaderCaches });
    assert.equal(status, 0, `${stdout}${stderr}`);
    const text = report();
    assert.match(text, /^All 8 steps succeeded\.$/m);
    for (const step of [
      'doctor',
      'goldens on webgpu',
      'ceilings',
      'tiny: generate',
      'tiny: attribute',
      'tiny: commit',
    ]) {
      assert.equal(cells(text, step).at(-1), 'done');
    }
    assert.match(cells(text, 'float32 products')[0]!, /^[\d.e-]+ TFLOP\/s$/);
    for (const phase of ['base entropy', 'SFT entropy', 'attribution', 'all three']) {
      const [, , ofFloat32, , , ofBandwidth] = cells(text, 'tiny', phase);
      for (const share of [ofFloat32, ofBandwidth]) assert.match(share!, /^\d+\.\d %$/, `${phase}: ${share}`);
    }
    for (const phase of ['fusion, reset, writing', 'check']) {
      assert.match(cells(text, 'tiny', phase).at(-1)!, /^\d+\.\d %$/);
    }
    assert.equal(cells(text, 'tiny', 'webgpu', 'attribution')[0], '1 of 4 layers');
    const { measured } = JSON.parse(readFileSync(join(out, 'gpu-bench.json'), 'utf8'));
    assert.equal(measured[0].record.engine.device, 'webgpu');
    assert.equal(measured[0].record.checkpoints.length, 1);
    assert.ok(measured[0].record.checkpoints[0].neurons > 0);
    assert.deepEqual(readdirSync(scratch), []);
  });

  it('reports every step although CUDA is not there, and says in a line why each failed', () => {
    // An NVIDIA machine with CUDA would take it.
    const { status } = run([...tiny, '--device', 'cuda', '--also', 'none'], {
      CUDA_VISIBLE_DEVICES: '',
      ...noShaderCaches,
    });
    assert.equal(status, 1);
    const text = report();
    assert.match(text, /^6 of 9 steps failed:$/m);
    for (const step of [
      'goldens on cuda',
      'goldens on cuda, float32',
      'goldens on cuda, tf32',
      'ceilings',
      'tiny: attribute',
    ]) {
      assert.match(cells(text, step).at(-1)!, /^FAILED: .*cuda: \S/);
    }
    assert.equal(cells(text, 'tiny: commit').at(-1), 'FAILED: there is no record to commit');
    assert.equal(cells(text, 'tiny: generate').at(-1), 'done');
    // Each of these steps has loaded the runtime, whose telemetry would have written here.
    assert.deepEqual(readdirSync(home, { recursive: true }), []);
  });

  it('takes a second device after all else, and leaves out what the time is too short for', () => {
    const { status } = run([...tiny, '--device', 'cpu', '--also', 'cuda', '--minutes', '30'], {
      CUDA_VISIBLE_DEVICES: '',
      ...noShaderCaches,
    });
    assert.equal(status, 1);
    assert.match(cells(report(), 'goldens on cuda').at(-1)!, /^FAILED: .*cuda: \S/);
    assert.equal(cells(report(), 'tiny: commit').at(-1), 'done');
    assert.match(cells(report(), 'tiny (cuda): attribute').at(-1)!, /^FAILED: .*cuda: \S/);
    // 8B after tiny: ten thousand times as large, so that it would take half an hour where tiny took two seconds, and longer where the
    // machine is busy. What is left of ten minutes no load decides: this test may not take five.
    const short = run([...tiny, '--sizes', 'tiny,8B', '--device', 'cpu', '--also', 'none', '--minutes', '10']);
    assert.equal(short.status, 0, `${short.stdout}${short.stderr}`);
    assert.match(report(), /^Left out:\n\n- 8B: it would take some \d+ s, and \d+ s are left \(--minutes\)$/m);
    assert.equal(cells(report(), 'tiny: commit').at(-1), 'done');
    assert.deepEqual(readdirSync(scratch), []);
  });

  it('has written its report when it is stopped in the middle, and what was measured stands in it', async () => {
    rmSync(out, { recursive: true });
    const places = ['--scratch', scratch, '--out', out];
    const child = spawn(join(archive, 'run.sh'), [...tiny, '--device', 'cpu', '--also', 'none', ...places], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH: '/usr/bin:/bin', HOME: home, TMPDIR: home },
    });
    let said = '';
    for await (const chunk of child.stdout) {
      said += String(chunk);
      if (!said.includes('tiny: attribute …')) continue;
      assert.equal(cells(report(), 'goldens on cpu').at(-1), 'done');
      child.kill('SIGTERM');
      break;
    }
    const [code] = await once(child, 'exit');
    assert.equal(code, 130);
    assert.equal(cells(report(), 'tiny: generate').at(-1), 'done');
    assert.equal(cells(report(), 'the rest').at(-1), 'FAILED: stopped by SIGTERM');
    assert.deepEqual(readdirSync(scratch), []);
    assert.deepEqual(readdirSync(out).sort(), ['gpu-bench.json', 'gpu-bench.md']);
  });

  it('explains every option, and refuses a wrong one', () => {
    const help = run(['--help']);
    assert.equal(help.status, 0);
    for (const option of [
      ...['device', 'sizes', 'samples', 'memory', 'weights'],
      ...['torch', 'limit', 'minutes', 'also', 'scratch', 'out'],
    ]) {
      assert.match(help.stdout, new RegExp(`^  --${option} `, 'm'));
    }
    const wrong = run(['--device', 'abacus']);
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /^--device is "abacus", but must be one of auto, cuda, webgpu/);
  });
});
