import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { surveyCuda } from '../../../../src/engine/device/cudaLibraries/findCudaLibraries.ts';
import { librariesEnvironment } from '../../../../src/engine/device/cudaLibraries/librariesEnvironment.ts';
import { missingForCuda } from '../../../../src/engine/device/cudaReason.ts';
import { installCudaRuntime } from '../../../../src/engine/device/cudaRuntime/cudaRuntime.ts';
import { bindingFile, runtimeFolderVariable } from '../../../../src/engine/device/cudaRuntime/runtimePlace.ts';
import { librariesVariable } from '../../../../src/engine/device/preload.ts';
import { EngineProcess } from '../../../../src/engine/process/engineProcess.ts';
import { startRequest } from '../../../../src/protocol/engine.ts';
import type { Device } from '../../../../src/settings/devices.ts';
import { madeElf } from '../cudaLibraries/madeElf.ts';
import { absentNeeds, makePackage, sha512 } from './localFeed.ts';

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

  async function start(device: Device, more: Readonly<Record<string, string | undefined>> = {}) {
    const engine = new EngineProcess({ ...more, [runtimeFolderVariable]: folder });
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

  it('opens CUDA’s libraries where they were found, although no search path leads there', async () => {
    const site = join(home, 'venv', 'lib', 'python3.12', 'site-packages', 'nvidia');
    const lib = join(site, 'cu99', 'lib');
    const cudnn = join(site, 'cudnn', 'lib');
    for (const each of [lib, cudnn]) mkdirSync(each, { recursive: true });
    for (const name of absentNeeds.filter((each) => !each.startsWith('libcuda.'))) {
      writeFileSync(
        join(lib, name),
        madeElf({ soname: name, needed: name.startsWith('libcublas.') ? ['libcublasLt.so.99'] : [] }),
      );
    }
    writeFileSync(join(cudnn, 'libcudnn.so.9'), madeElf({ soname: 'libcudnn.so.9' }));
    const survey = await surveyCuda(folder, { PATH: '', VIRTUAL_ENV: join(home, 'venv') });
    const { probe, mapped } = await start('cuda', librariesEnvironment(survey));
    for (const name of absentNeeds.slice(0, 4)) assert.ok(mapped.includes(join(lib, name)), name);
    assert.ok(mapped.includes(join(cudnn, 'libcudnn.so.9')));
    // The provider's own needs are met; but for a driver, which a machine without a GPU lacks, it would open.
    assert.match(
      probe.reason,
      /^(not found on this machine: the NVIDIA driver \(libcuda\.so\.1\)|ONNX Runtime's CUDA libraries do not load.*)$/,
    );
  });

  it('says which of CUDA’s libraries does not open', async () => {
    const broken = join(home, 'libcublas.so.99');
    writeFileSync(broken, madeElf({ soname: 'libcublas.so.99', needed: ['libnowhere.so.7'] }));
    const { probe } = await start('cuda', { [librariesVariable]: JSON.stringify([broken]) });
    assert.equal(probe.available, false);
    assert.match(probe.reason, /libcublas\.so\.99/);
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
