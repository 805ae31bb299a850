import { join } from 'node:path';
import { providerFiles } from '../cudaRuntime/runtimePlace.ts';
import { readElf } from './elf.ts';

/* Which of CUDA's libraries a CUDA provider of ONNX Runtime needs, and what brings them. */

/** A library of NVIDIA's. */
export interface CudaLibrary {
  /** As the loader asks for it: `libcublas.so.13`. */
  readonly name: string;
  /** `later`: opened when the first session is made, and not named in the provider. */
  readonly asked: 'loading' | 'later';
  /** Without it CUDA does not work, or not with every model. */
  readonly required: boolean;
}

export interface CudaNeeds {
  /** Major version of CUDA that the provider was built for; undefined where it names none. */
  readonly cudaMajor: number | undefined;
  readonly libraries: readonly CudaLibrary[];
}

/** Stems of CUDA's libraries, and NVIDIA's names of the Python packages that hold them. */
const packages: Readonly<Record<string, string>> = {
  libcudart: 'nvidia-cuda-runtime',
  libcublas: 'nvidia-cublas',
  libcublasLt: 'nvidia-cublas',
  libcurand: 'nvidia-curand',
  libcufft: 'nvidia-cufft',
  libcusparse: 'nvidia-cusparse',
  libcusolver: 'nvidia-cusolver',
  libnvrtc: 'nvidia-cuda-nvrtc',
  libnvJitLink: 'nvidia-nvjitlink',
  libcudnn: 'nvidia-cudnn',
};

/** Its driver's library, which no package brings. */
export const driverLibrary = 'libcuda.so.1';
/** ONNX Runtime 1.29 and newer opens it with the first session; before, the provider named it. */
const cudnn = 'libcudnn.so.9';

interface NamedLibrary {
  readonly stem: string;
  /** Of the library, which may count on its own: CUDA 12 and 13 both have libcurand 10. */
  readonly version: string;
}

function parse(name: string): NamedLibrary | undefined {
  const [, stem, version] = /^(lib\w+)\.so\.(\d+)/.exec(name) ?? [];
  return stem !== undefined && version !== undefined && stem in packages ? { stem, version } : undefined;
}

/** Which of the libraries that a provider names are CUDA's, and those it opens later. */
export function needsOf(needed: readonly string[]): CudaNeeds {
  const named = needed.filter((name) => name === driverLibrary || parse(name) !== undefined);
  const versions = ['libcudart', 'libcublas'].map(
    (stem) => named.map(parse).find((each) => each?.stem === stem)?.version,
  );
  const cudaMajor = versions.filter((each) => each !== undefined).map(Number)[0];
  const later: CudaLibrary[] = [
    { name: cudnn, asked: 'later', required: true },
    // cuDNN compiles some of its kernels by it.
    ...(cudaMajor === undefined
      ? []
      : [{ name: `libnvrtc.so.${cudaMajor}`, asked: 'later', required: false } as const]),
  ];
  return {
    cudaMajor,
    libraries: [
      ...named.map((name): CudaLibrary => ({ name, asked: 'loading', required: true })),
      ...later.filter(({ name }) => !named.includes(name)),
    ],
  };
}

/** What the provider in a folder needs. @throws InputError as `readElf` */
export async function readNeeds(folder: string): Promise<CudaNeeds> {
  return needsOf((await readElf(join(folder, providerFiles[1]))).needed);
}

/** A library's name for people. */
export function shownLibrary(name: string): string {
  if (name === driverLibrary) return `the NVIDIA driver (${name})`;
  return parse(name)?.stem === 'libcudnn' ? `cuDNN (${name})` : name;
}

/**
 * The command that brings what is missing, as Python packages; undefined where none does.
 *
 * NVIDIA's packages for CUDA 12 end in `-cu12`. From CUDA 13 on they have no ending and are numbered as the libraries
 * are, and those with one install nothing; cuDNN's keeps its ending.
 */
export function installCommand(missing: readonly string[], cudaMajor: number | undefined): string | undefined {
  if (cudaMajor === undefined) return undefined;
  const wanted = missing.map(parse).filter((each) => each !== undefined);
  const names = wanted.map(({ stem, version }) => {
    const name = packages[stem]!;
    if (stem === 'libcudnn') return `'${name}-cu${cudaMajor}==${version}.*'`;
    return cudaMajor < 13 ? `${name}-cu${cudaMajor}` : `'${name}==${version}.*'`;
  });
  return names.length === 0 ? undefined : `pip install ${[...new Set(names)].join(' ')}`;
}
