import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import { offerPython } from '../../../../src/engine/device/cudaLibraries/pythons.ts';
import { chooseSource } from '../../../../src/engine/device/cudaRuntime/chooseSource.ts';
import { consentText } from '../../../../src/engine/device/cudaRuntime/consent.ts';
import { installCudaRuntime, type PackageSource } from '../../../../src/engine/device/cudaRuntime/cudaRuntime.ts';
import { providerFiles, runtimePackageVersion } from '../../../../src/engine/device/cudaRuntime/runtimePlace.ts';
import { InputError, RunError } from '../../../../src/errors.ts';
import { setEnvironment } from '../../../environment.ts';
import { madeElf } from '../cudaLibraries/madeElf.ts';
import { absentNeeds, madeProvider, makePackage, standIn } from './localFeed.ts';
import { tarball } from './madeTar.ts';

const version = runtimePackageVersion();
const [shared, cuda] = providerFiles;
const never = new AbortController().signal;

const onLinuxX64 = process.platform === 'linux' && process.arch === 'x64' ? describe : describe.skip;
onLinuxX64('the CUDA provider’s sources', () => {
  let top: string;
  let home: string;
  let restore: () => void;
  beforeEach(() => {
    top = mkdtempSync(join(tmpdir(), 'sources-'));
    home = join(top, 'kept');
    const named = ['VIRTUAL_ENV', 'CONDA_PREFIX', 'REJUVENATE_PYTHON', 'PIP_WHEEL'].map((name) => [name, undefined]);
    // The tests' machine may have a python3 with anything.
    restore = setEnvironment({ ...Object.fromEntries(named), PATH: join(top, 'bin') });
  });
  afterEach(() => {
    restore();
    offerPython(async () => undefined);
    rmSync(top, { recursive: true });
  });

  const put = (path: string, content: Buffer | string, mode = 0o644) => {
    const full = join(top, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, content);
    chmodSync(full, mode);
    return full;
  };
  const zip = async (entries: Readonly<Record<string, Buffer | string>>) => {
    const file = new ZipFile();
    for (const [name, content] of Object.entries(entries)) file.addBuffer(Buffer.from(content), name);
    file.end();
    return buffer(file.outputStream);
  };
  const listed = (path: string, content: Uint8Array) =>
    `${path},sha256=${createHash('sha256').update(content).digest('base64url')},${content.length}\n`;
  const wheel = (provider: Buffer = madeProvider(), inList: Buffer = provider, stated = version) =>
    zip({
      'onnxruntime/__init__.py': '',
      [`onnxruntime/capi/${shared}`]: standIn,
      [`onnxruntime/capi/${cuda}`]: provider,
      [`onnxruntime_gpu-${stated}.dist-info/RECORD`]:
        listed(`onnxruntime/capi/${shared}`, standIn) + listed(`onnxruntime/capi/${cuda}`, inList),
    });
  const install = (source: PackageSource) => installCudaRuntime(source, { signal: never, home });
  const noFeed = async () => assert.fail('the feed was asked');
  const choose = (from?: string) => chooseSource(from, undefined, noFeed, never);

  async function installs(source: PackageSource, provider: Buffer = madeProvider()): Promise<void> {
    const { folder, cudaMajor, sha256 } = await install(source);
    assert.equal(cudaMajor, 99);
    assert.equal(sha256, createHash('sha256').update(provider).digest('hex'));
    assert.deepEqual(readFileSync(join(folder, cuda)), provider);
    assert.deepEqual(readFileSync(join(folder, shared)), standIn);
    assert.equal(readdirSync(folder).length, 4);
    rmSync(home, { recursive: true });
  }
  async function refuses(source: PackageSource, expected: RegExp): Promise<void> {
    await assert.rejects(install(source), (error) => {
      assert.ok(error instanceof InputError, String(error));
      assert.match(error.message, expected);
      return true;
    });
    assert.deepEqual(readdirSync(home), []);
  }

  it('may be a package, a wheel, a tarball of npm or of a release, or a ZIP file', async () => {
    await installs(await choose(put('it.nupkg', await makePackage())));
    await installs(await choose(put('it.whl', await wheel())));
    const inFolder = (folder: string) => [
      { name: `${folder}/README`, content: Buffer.from('read me') },
      { name: `${folder}/${cuda}`, content: madeProvider() },
      { name: `${folder}/${shared}`, content: standIn },
    ];
    await installs(await choose(put('npm.tgz', tarball(inFolder('package/Plugins/Linux/x64')))));
    await installs(await choose(put('release.tgz', tarball(inFolder(`onnxruntime-linux-x64-gpu-${version}/lib`)))));
    await installs(await choose(put('it.zip', await zip({ [cuda]: madeProvider(), [shared]: standIn }))));
    // Where it has them for several systems.
    const several = await zip({
      [`native/linux-x64/${cuda}`]: madeProvider(),
      [`native/linux-x64/${shared}`]: standIn,
      [`native/linux-arm64/${cuda}`]: standIn,
      [`native/linux-arm64/${shared}`]: standIn,
    });
    await installs(await choose(put('several.zip', several)));
  });

  it('may be a folder: of the files, of an unpacked or installed package, or the provider itself', async () => {
    for (const folder of [
      'flat',
      'wheel/onnxruntime/capi',
      'npm/Plugins/Linux/x64',
      'nuget/runtimes/linux-x64/native',
    ]) {
      put(`${folder}/${shared}`, standIn);
      put(`${folder}/${cuda}`, madeProvider());
      await installs(await choose(join(top, folder.split('/')[0]!)));
    }
    await installs(await choose(join(top, 'flat', cuda)));
  });

  it('may be an onnxruntime-gpu of this version in a Python, which is taken first', async () => {
    const site = 'venv/lib/python3.12/site-packages';
    put(`${site}/onnxruntime/capi/${shared}`, standIn);
    put(`${site}/onnxruntime/capi/${cuda}`, madeProvider());
    put(`${site}/onnxruntime_gpu-${version}.dist-info/RECORD`, '');
    process.env['VIRTUAL_ENV'] = join(top, 'venv');
    for (const from of [undefined, 'python']) {
      const source = await choose(from);
      assert.ok(
        consentText(source).startsWith(`From: onnxruntime-gpu ${version} in VIRTUAL_ENV (${join(top, 'venv')}), `),
      );
      await installs(source);
    }
  });

  it('is not an onnxruntime-gpu of another version, which is named with what would fit', async () => {
    const site = 'venv/lib/python3.12/site-packages';
    put(`${site}/onnxruntime/capi/${shared}`, standIn);
    put(`${site}/onnxruntime/capi/${cuda}`, madeProvider('1.29.0'));
    put(`${site}/onnxruntime_gpu-1.29.0.dist-info/RECORD`, '');
    process.env['VIRTUAL_ENV'] = join(top, 'venv');
    await assert.rejects(choose('python'), (error) => {
      assert.ok(error instanceof RunError);
      assert.match(error.message, /VIRTUAL_ENV \(.*\) has onnxruntime-gpu 1\.29\.0/);
      assert.ok(error.message.includes(`pip download --no-deps onnxruntime-gpu==${version}`), error.message);
      return true;
    });
    delete process.env['VIRTUAL_ENV'];
    await assert.rejects(choose('python'), /no Python at hand has an onnxruntime-gpu/);
  });

  /** A python3 whose pip copies the file in PIP_WHEEL to where it is told to, and fails without one. */
  const pythonWithPip = () => {
    const lines = [
      '#!/bin/sh',
      'case "$*" in',
      '  *"-m pip --version") exit 0;;',
      '  *"-m pip download"*) ;;',
      `  *) echo '["${top}"]'; exit 0;;`,
      'esac',
      'for last; do :; done',
      'while [ "$1" != --dest ]; do shift; done',
      '[ -n "$PIP_WHEEL" ] || { echo "ERROR: No matching distribution found for $last" >&2; exit 1; }',
      // With no PATH but this folder.
      '/bin/cp "$PIP_WHEEL" "$2/onnxruntime_gpu.whl"',
    ];
    put('bin/python3', `${lines.join('\n')}\n`, 0o755);
  };

  it('may be the wheel, by the user’s own pip, whose command is shown', async () => {
    pythonWithPip();
    process.env['PIP_WHEEL'] = put('it.whl', await wheel());
    const source = await choose('pip');
    assert.match(
      consentText(source),
      new RegExp(`^Command: ${join(top, 'bin', 'python3')} -m pip download .*onnxruntime-gpu==`),
    );
    await installs(source);
  });

  it('by a pip that fails, or by none, says so and leaves nothing', async () => {
    pythonWithPip();
    await assert.rejects(install(await choose('pip')), (error) => {
      assert.ok(error instanceof RunError, String(error));
      assert.match(
        error.message,
        /pip did not fetch the wheel: ERROR: No matching distribution found for onnxruntime-gpu==/,
      );
      return true;
    });
    assert.deepEqual(readdirSync(home), []);
    rmSync(join(top, 'bin'), { recursive: true });
    await assert.rejects(choose('pip'), /No Python at hand has pip/);
  });

  it('of another version is refused, with both', async () => {
    const both = new RegExp(`of ONNX Runtime 1\\.29\\.0 \\(CUDA 99\\), and this program has ONNX Runtime ${version}`);
    await refuses(
      await choose(
        put('a.nupkg', await makePackage({ [`runtimes/linux-x64/native/${cuda}`]: madeProvider('1.29.0') })),
      ),
      both,
    );
    await refuses(await choose(put('b.whl', await wheel(madeProvider('1.29.0'), undefined, '1.29.0'))), both);
    put(`old/${shared}`, standIn);
    put(`old/${cuda}`, madeElf({ needed: absentNeeds }));
    await refuses(await choose(join(top, 'old')), /a CUDA provider of a version that cannot be told/);
    // Old providers do not have their version in them; their packages state it.
    await installs(
      await choose(put('c.whl', await wheel(madeElf({ needed: absentNeeds })))),
      madeElf({ needed: absentNeeds }),
    );
  });

  it('that is no such library, or for another machine, is refused', async () => {
    const provider = (content: Buffer) => ({ [`runtimes/linux-x64/native/${cuda}`]: content });
    const text = version;
    const other = madeElf({ needed: absentNeeds, text, machine: 183 });
    await refuses(await choose(put('arm.nupkg', await makePackage(provider(other)))), /for another machine \(arm64\)/);
    const cpu = madeElf({ needed: ['libc.so.6'], text });
    await refuses(
      await choose(put('cpu.nupkg', await makePackage(provider(cpu)))),
      /names neither libcudart nor libcublas/,
    );
    await refuses(await choose(put('text.txt', 'a text')), /it is no package \(\.nupkg\), wheel/);
    await refuses(await choose(put('empty', '')), /it is no package/);
    await refuses(
      await choose(put('folder/x', 'x') && join(top, 'folder')),
      /neither it nor the usual folders in it have/,
    );
    await refuses(await choose(join(top, 'absent')), /there is no such file/);
  });

  it('that is not as its wheel’s own list says is refused', async () => {
    const source = await choose(put('it.whl', await wheel(madeProvider(), standIn)));
    await refuses(source, /onnxruntime\/capi\/libonnxruntime_providers_cuda\.so is not as the wheel's own list says/);
  });

  it('that is more than one, or apart from its bridge, is refused', async () => {
    const twice = await zip({
      [`a/${cuda}`]: standIn,
      [`a/${shared}`]: standIn,
      [`b/${cuda}`]: standIn,
      [`b/${shared}`]: standIn,
    });
    await refuses(await choose(put('twice.zip', twice)), /more than one CUDA provider/);
    const apart = await zip({ [`a/${cuda}`]: standIn, [`b/${shared}`]: standIn });
    await refuses(await choose(put('apart.zip', apart)), /has no libonnxruntime_providers_cuda\.so beside/);
    const same = [
      { name: `a/${cuda}`, content: madeProvider() },
      { name: `a/${shared}`, content: standIn },
      { name: `a/${cuda}`, content: madeProvider() },
    ];
    await refuses(await choose(put('same.tgz', tarball(same))), /more than one CUDA provider|twice/);
  });
});
