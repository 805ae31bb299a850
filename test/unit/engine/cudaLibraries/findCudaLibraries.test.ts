import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  type CudaSurvey,
  filesToOpen,
  surveyCuda,
} from '../../../../src/engine/device/cudaLibraries/findCudaLibraries.ts';
import { parseLoaderCache } from '../../../../src/engine/device/cudaLibraries/libraryPlaces.ts';
import { offerPython, pythonsAtHand } from '../../../../src/engine/device/cudaLibraries/pythons.ts';
import { providerFiles } from '../../../../src/engine/device/cudaRuntime/runtimePlace.ts';
import { madeElf } from './madeElf.ts';

/** CUDA's libraries of a version that no machine has. */
const [lt, blas, rand, rt] = ['libcublasLt.so.99', 'libcublas.so.99', 'libcurand.so.90', 'libcudart.so.99'] as const;
const all = [lt, blas, rand, rt];

const onLinuxX64 = process.platform === 'linux' && process.arch === 'x64' ? describe : describe.skip;
onLinuxX64('CUDA’s libraries', () => {
  let top: string;
  let provider: string;
  beforeEach(() => {
    top = realpathSync(mkdtempSync(join(tmpdir(), 'cuda-libraries-')));
    provider = join(top, 'provider');
    put('provider', [providerFiles[1]], madeElf({ needed: [...all, 'libcuda.so.1'] }));
  });
  afterEach(() => {
    offerPython(async () => undefined);
    rmSync(top, { recursive: true });
  });

  /** Files in a folder below `top`: made libraries of these names, unless given otherwise. */
  function put(folder: string, names: readonly string[], content?: Buffer): string {
    mkdirSync(join(top, folder), { recursive: true });
    for (const soname of names) writeFileSync(join(top, folder, soname), content ?? madeElf({ soname }));
    return join(top, folder);
  }
  /** A program that is asked as Python is, and answers with these folders. */
  function program(path: string, sites: readonly string[], more = ''): string {
    const full = join(top, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, `#!/bin/sh\n${more}\necho '${JSON.stringify(sites)}'\n`);
    chmodSync(full, 0o755);
    return full;
  }
  const survey = (variables: NodeJS.ProcessEnv) => surveyCuda(provider, { PATH: '', ...variables });
  const places = ({ libraries }: CudaSurvey) =>
    Object.fromEntries(
      libraries
        .filter(({ name }) => all.some((each) => each === name))
        .map(({ name, file, where }) => [name, [file, where]]),
    );
  const everyIn = (folder: string, where: string) =>
    Object.fromEntries(all.map((name) => [name, [join(folder, name), where]]));

  it('that are nowhere are missing, with the command that brings them', async () => {
    const found = await survey({});
    assert.deepEqual(places(found), Object.fromEntries(all.map((name) => [name, [undefined, '']])));
    assert.match(
      found.command!,
      /^pip install 'nvidia-cublas==99\.\*' 'nvidia-curand==90\.\*' 'nvidia-cuda-runtime==99\.\*'/,
    );
    assert.equal(found.cudaMajor, 99);
    assert.deepEqual(found.places, ["the loader's folders", '/usr/local/cuda']);
  });

  it('are found in LD_LIBRARY_PATH, CUDA_HOME, CUDA_PATH and a conda environment', async () => {
    const folder = put('own', all);
    assert.deepEqual(
      places(await survey({ LD_LIBRARY_PATH: `relative:${folder}` })),
      everyIn(folder, 'LD_LIBRARY_PATH'),
    );
    const toolkit = put('toolkit/lib64', all);
    for (const name of ['CUDA_HOME', 'CUDA_PATH']) {
      assert.deepEqual(places(await survey({ [name]: dirname(toolkit) })), everyIn(toolkit, name));
    }
    put('conda/conda-meta', []);
    const conda = put('conda/lib', all);
    assert.deepEqual(
      places(await survey({ CONDA_PREFIX: dirname(conda) })),
      everyIn(conda, `CONDA_PREFIX (${dirname(conda)})`),
    );
  });

  it('are found in the packages of a virtual environment, each CUDA’s way of laying them out', async () => {
    const site = 'venv/lib/python3.12/site-packages/nvidia';
    const shared = put(`${site}/cu99/lib`, all);
    const cudnn = put(`${site}/cudnn/lib`, ['libcudnn.so.9']);
    const venv = join(top, 'venv');
    const found = await survey({ VIRTUAL_ENV: venv });
    assert.deepEqual(places(found), everyIn(shared, `VIRTUAL_ENV (${venv})`));
    assert.equal(found.command, undefined);
    // cuDNN comes from there too, whatever the loader may have.
    assert.equal(found.libraries.find(({ name }) => name === 'libcudnn.so.9')?.file, join(cudnn, 'libcudnn.so.9'));
    const older = 'older/lib/python3.9/site-packages/nvidia';
    const folders = { [lt]: 'cublas', [blas]: 'cublas', [rand]: 'curand', [rt]: 'cuda_runtime' };
    for (const [name, package_] of Object.entries(folders)) put(`${older}/${package_}/lib`, [name]);
    const files = places(await survey({ VIRTUAL_ENV: join(top, 'older') }));
    for (const [name, package_] of Object.entries(folders)) {
      assert.equal(files[name]![0], join(top, older, package_, 'lib', name));
    }
  });

  it('are found by the interpreter that VS Code has selected, a folder or a program', async () => {
    const shared = put('env/lib/python3.12/site-packages/nvidia/cu99/lib', all);
    writeFileSync(join(top, 'env', 'pyvenv.cfg'), 'home = /usr/bin\n');
    const where = `VS Code's interpreter (${join(top, 'env')})`;
    offerPython(async () => join(top, 'env'));
    assert.deepEqual(places(await survey({})), everyIn(shared, where));
    // The program of an environment is not run.
    const python = program('env/bin/python', [], `touch ${join(top, 'was-run')}`);
    offerPython(async () => python);
    assert.deepEqual(places(await survey({})), everyIn(shared, where));
    assert.equal(existsSync(join(top, 'was-run')), false);
    offerPython(async () => Promise.reject(new Error('the extension is broken')));
    assert.equal(places(await survey({}))[blas]![0], undefined);
  });

  it('are found by the python3 in PATH, which is asked where its packages are', async () => {
    const shared = put('site-packages/nvidia/cu99/lib', all);
    const python = program('bin/python3', [join(top, 'site-packages'), 'relative', join(top, 'absent')]);
    assert.deepEqual(places(await survey({ PATH: dirname(python) })), everyIn(shared, `python3 (${python})`));
  });

  it('are found by the base of an environment that uses its packages, and not otherwise', async () => {
    const shared = put('site-packages/nvidia/cu99/lib', all);
    const base = program('base/bin/python3', [join(top, 'site-packages')]);
    put('env/lib/python3.12/site-packages', []);
    const config = (uses: boolean) =>
      writeFileSync(
        join(top, 'env', 'pyvenv.cfg'),
        `home = ${dirname(base)}\ninclude-system-site-packages = ${uses}\n`,
      );
    config(true);
    assert.equal(places(await survey({ VIRTUAL_ENV: join(top, 'env') }))[blas]![0], join(shared, blas));
    config(false);
    assert.equal(places(await survey({ VIRTUAL_ENV: join(top, 'env') }))[blas]![0], undefined);
  });

  it('are not looked for by a python3 that PATH names relatively, nor believed of one that answers wrongly', async () => {
    const here = process.cwd();
    program('python3', [join(top, 'site-packages')]);
    put('site-packages/nvidia/cu99/lib', all);
    process.chdir(top);
    try {
      for (const PATH of ['.', '', ':', 'bin/../'])
        assert.equal(places(await survey({ PATH }))[blas]![0], undefined, PATH);
    } finally {
      process.chdir(here);
    }
    for (const [i, answer] of ['{"a":1}', '[1,null]', 'no JSON', '', '"x"'].entries()) {
      const path = join(top, `wrong${i}`, 'python3');
      mkdirSync(dirname(path));
      writeFileSync(path, `#!/bin/sh\necho '${answer}'\n`);
      chmodSync(path, 0o755);
      assert.deepEqual(await pythonsAtHand({ PATH: dirname(path) }), [], answer);
    }
  });

  it('are taken from the place that has most of them, but first from LD_LIBRARY_PATH', async () => {
    const some = put('toolkit/lib64', [blas]);
    const venv = put('venv/lib/python3.12/site-packages/nvidia/cu99/lib', all);
    const variables = { CUDA_HOME: dirname(some), VIRTUAL_ENV: join(top, 'venv') };
    // Not cuBLAS of one installation with cuBLASLt of another.
    assert.equal(places(await survey(variables))[blas]![0], join(venv, blas));
    const own = put('own', [rand]);
    const both = places(await survey({ ...variables, LD_LIBRARY_PATH: own }));
    assert.deepEqual(both[rand], [join(own, rand), 'LD_LIBRARY_PATH']);
    assert.equal(both[blas]![0], join(venv, blas));
  });

  it('of another machine, another name or none at all are passed over, and said where nothing else is there', async () => {
    const folder = put('own', [lt], madeElf({ soname: lt, machine: 183 }));
    put('own', [blas], madeElf({ soname: 'libcublas.so.98' }));
    put('own', [rand], Buffer.from('text'));
    mkdirSync(join(folder, rt));
    const found = places(await survey({ LD_LIBRARY_PATH: folder }));
    assert.deepEqual(
      all.map((name) => found[name]![0]),
      [undefined, undefined, undefined, undefined],
    );
    assert.match(found[lt]![1]!, /for another machine \(arm64\)/);
    assert.match(found[blas]![1]!, /calls itself libcublas\.so\.98/);
    assert.match(found[rand]![1]!, /is no shared library/);
    assert.equal(found[rt]![1], '');
    const toolkit = put('toolkit/lib64', all);
    const both = places(await survey({ LD_LIBRARY_PATH: folder, CUDA_HOME: dirname(toolkit) }));
    assert.deepEqual(both, everyIn(toolkit, 'CUDA_HOME'));
  });

  it('are opened each after those it needs, through links, and never the driver’s', async () => {
    const folder = put('own', ['libcuda.so.1', rand, rt, lt, 'libcudnn.so.9']);
    put('own', ['real.so'], madeElf({ soname: blas }));
    symlinkSync('real.so', join(folder, blas));
    const { libraries } = await survey({ LD_LIBRARY_PATH: folder });
    assert.equal(libraries.find(({ name }) => name === 'libcuda.so.1')?.where, 'LD_LIBRARY_PATH');
    const names = filesToOpen(libraries).filter((file) => file.startsWith(folder));
    assert.deepEqual(
      names,
      [rt, lt, 'real.so', rand, 'libcudnn.so.9'].map((name) => join(folder, name)),
    );
  });

  it('that the loader knows are read from its cache', () => {
    const text = [
      "3 libs found in cache `/etc/ld.so.cache'",
      '\tlibcublas.so.13 (libc6) => /usr/lib32/libcublas.so.13',
      '\tlibcublas.so.13 (libc6,x86-64) => /usr/local/cuda/lib64/libcublas.so.13',
      '\tlibcublas.so.13 (libc6,x86-64) => /opt/second/libcublas.so.13',
      '\tlibcuda.so.1 (libc6,x86-64, OS ABI: Linux 3.2.0) => /usr/lib/x86_64-linux-gnu/with space/libcuda.so.1',
      '\tlibodd.so (libc6,x86-64) => relative/libodd.so',
      'Cache generated by: ldconfig (GNU libc) stable release version 2.36',
    ].join('\n');
    assert.deepEqual(
      [...parseLoaderCache(text)],
      [
        ['libcublas.so.13', '/usr/local/cuda/lib64/libcublas.so.13'],
        ['libcuda.so.1', '/usr/lib/x86_64-linux-gnu/with space/libcuda.so.1'],
      ],
    );
    assert.equal(parseLoaderCache('').size, 0);
  });
});
