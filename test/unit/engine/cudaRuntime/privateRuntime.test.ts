import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installCudaRuntime } from '../../../../src/engine/device/cudaRuntime/cudaRuntime.ts';
import { bindingFile, runtimeFolderVariable } from '../../../../src/engine/device/cudaRuntime/runtimePlace.ts';
import { missingForCuda } from '../../../../src/engine/device/privateBinding.ts';
import { EngineProcess } from '../../../../src/engine/process/engineProcess.ts';
import { startRequest } from '../../../../src/protocol/engine.ts';
import type { Device } from '../../../../src/settings/devices.ts';
import { makePackage, sha512 } from './localFeed.ts';

/** Files that this process's children have mapped. */
function mappedByChildren(): string {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim().split(' ');
  return children
    .flatMap((pid) => {
      try {
        return readFileSync(`/proc/${pid}/maps`, 'utf8');
      } catch {
        // It ended meanwhile.
        return '';
      }
    })
    .join('\n');
}

const onLinuxX64 = process.platform === 'linux' && process.arch === 'x64' ? describe : describe.skip;
onLinuxX64('an engine with a private runtime', () => {
  let home: string;
  let folder: string;
  before(async () => {
    home = mkdtempSync(join(tmpdir(), 'private-runtime-'));
    const content = await makePackage();
    const file = join(home, 'copy.nupkg');
    writeFileSync(file, content);
    const source = { file, sha512: sha512(content) };
    folder = await installCudaRuntime(source, { signal: new AbortController().signal, home: join(home, 'kept') });
  });
  after(() => rmSync(home, { recursive: true }));

  async function start(device: Device) {
    const engine = new EngineProcess({ [runtimeFolderVariable]: folder });
    try {
      const params = { device, memoryBytes: 0, threads: 1, spinning: false } as const;
      const probe = await engine.answerOrDeath(() => engine.connection.sendRequest(startRequest, params));
      return { probe, mapped: mappedByChildren() };
    } finally {
      await engine.end();
    }
  }

  it('computes with the copy, and with no other', async () => {
    const { probe, mapped } = await start('cpu');
    assert.equal(probe.available, true, probe.reason);
    for (const file of readdirSync(folder).filter((name) => !name.includes('providers'))) {
      assert.ok(mapped.includes(join(folder, file)), file);
    }
    assert.doesNotMatch(mapped, /napi-v6/);
  });

  it('takes its providers from there, and says what is missing or wrong', async () => {
    const { probe } = await start('cuda');
    assert.equal(probe.available, false);
    assert.ok(probe.reason.includes(folder), probe.reason);
    assert.doesNotMatch(probe.reason, /does not load/);
  });

  it('goes on with the package’s own where the copy is broken, and says so for CUDA', async () => {
    writeFileSync(join(folder, bindingFile), 'no library');
    const { probe, mapped } = await start('cpu');
    assert.equal(probe.available, true, probe.reason);
    assert.match(mapped, /napi-v6/);
    assert.match((await start('cuda')).probe.reason, /the installed CUDA runtime does not load .*: install it again/);
  });
});

describe('what is missing for CUDA', () => {
  const lacking = (libraries: readonly string[]) =>
    missingForCuda('/kept', (library) => {
      if (library === 'libcuda.so.1' && libraries.includes(library)) {
        return `${library}: cannot open shared object file: No such file or directory`;
      }
      // The loader names the first that it does not find of what a library needs.
      const missing = libraries.find((each) => each === library || library.startsWith('/kept'));
      return missing && `${missing}: cannot open shared object file: No such file or directory`;
    });

  it('is said in plain words, each once', () => {
    assert.deepEqual(lacking([]), []);
    assert.deepEqual(lacking(['libcuda.so.1']), ['the NVIDIA driver (libcuda.so.1)']);
    assert.deepEqual(lacking(['libcudnn.so.9']), ['cuDNN 9 (libcudnn.so.9)']);
    assert.deepEqual(lacking(['libcublasLt.so.12', 'libcudnn.so.9']), [
      'cuDNN 9 (libcudnn.so.9)',
      'the CUDA 12 runtime (libcublasLt.so.12)',
    ]);
    assert.deepEqual(lacking(['libcufft.so.11']), ['a library of the CUDA runtime (libcufft.so.11)']);
  });

  it('is the loader’s own complaint for anything else', () => {
    const fault = '/kept/libonnxruntime_providers_cuda.so: invalid ELF header';
    assert.deepEqual(
      missingForCuda('/kept', (library) => (library.startsWith('/kept') ? fault : undefined)),
      [fault],
    );
  });
});
