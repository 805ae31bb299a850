import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missingForCuda } from '../../../../src/engine/device/cudaReason.ts';
import { installCudaRuntime } from '../../../../src/engine/device/cudaRuntime/cudaRuntime.ts';
import { bindingFile, runtimeFolderVariable } from '../../../../src/engine/device/cudaRuntime/runtimePlace.ts';
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
    ({ folder } = await installCudaRuntime(source, { signal: new AbortController().signal, home: join(home, 'kept') }));
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
    assert.match(
      probe.reason,
      /^not found on this machine: libcublasLt\.so\.99, libcublas\.so\.99, libcurand\.so\.90, /,
    );
    assert.match(
      probe.reason,
      /come by: pip install 'nvidia-cublas==99\.\*' 'nvidia-curand==90\.\*' 'nvidia-cuda-runtime==99\.\*'/,
    );
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
  const needed = ['libcublasLt.so.13', 'libcublas.so.13', 'libcuda.so.1', 'libc.so.6'];
  const lacking = (libraries: readonly string[]) =>
    missingForCuda('/kept', needed, (library) => {
      // The loader names the first that it does not find of what a library needs.
      const missing = libraries.find((each) => each === library || library.startsWith('/kept'));
      return missing && `${missing}: cannot open shared object file: No such file or directory`;
    });

  it('is every library that the provider names or opens later, each once, and what those need', () => {
    assert.deepEqual(lacking([]), { missing: [], faults: [] });
    assert.deepEqual(lacking(['libcuda.so.1']).missing, ['libcuda.so.1']);
    assert.deepEqual(lacking(['libcublasLt.so.13', 'libcublas.so.13', 'libcudnn.so.9']).missing, [
      'libcublasLt.so.13',
      'libcublas.so.13',
      'libcudnn.so.9',
    ]);
    assert.deepEqual(lacking(['libnvJitLink.so.13']).missing, ['libnvJitLink.so.13']);
  });

  it('is the loader’s own complaint for anything else', () => {
    const fault = '/kept/libonnxruntime_providers_cuda.so: invalid ELF header';
    const all = missingForCuda('/kept', needed, (library) => (library.startsWith('/kept') ? fault : undefined));
    assert.deepEqual(all, { missing: [], faults: [fault] });
    // The runtime loads the bridge that has it before.
    const bridge = '/kept/libonnxruntime_providers_cuda.so: undefined symbol: Provider_GetHost';
    const bridged = missingForCuda('/kept', needed, (library) => (library.startsWith('/kept') ? bridge : undefined));
    assert.deepEqual(bridged, { missing: [], faults: [] });
  });
});
