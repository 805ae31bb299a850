import { join } from 'node:path';
import { InputError } from '../../../errors.ts';
import { inputKinds } from '../../../files/reading/inputKind.ts';
import { inputChunks } from '../../../files/reading/readInput.ts';
import { readNeeds } from '../cudaLibraries/cudaNeeds.ts';
import { readElf } from '../cudaLibraries/elf.ts';
import { providerFiles } from './runtimePlace.ts';

/*
 * Checks that libraries are the CUDA provider of the ONNX Runtime in use. The runtime itself does not look: it would call
 * into tables of another version, and crash or compute wrongly.
 */

/** What is known of a provider. */
export interface CheckedProvider {
  /** Major version of CUDA that it was built for. */
  readonly cudaMajor: number;
  /** Of ONNX Runtime, by its package or by texts in it, of which there may be several; none where it cannot be told. */
  readonly versions: readonly string[];
}

const chunkBytes = 1 << 20;
/** A version of ONNX Runtime between the zeros that end texts in a library. */
const anyVersion = /\0(1\.\d{2,3}\.\d{1,3})(?=\0)/g;
/** Two zeros and `1.999.999`. */
const longest = 11;

/** The versions of ONNX Runtime that stand as texts in a library, as the runtime's own does in its provider. */
async function versionsIn(path: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  let tail = '';
  for await (const chunk of inputChunks(path, inputKinds.library, chunkBytes)) {
    const text = tail + chunk.toString('latin1');
    for (const [, version] of text.matchAll(anyVersion)) found.add(version!);
    tail = text.slice(-longest);
  }
  return found;
}

/** Which package fits, and how to get it where the usual feed is out of reach. */
export function fittingPackages(version: string): string {
  return `Those that fit are onnxruntime-gpu==${version} ("pip download --no-deps onnxruntime-gpu==${version}", then --from with the wheel) and the NuGet package Microsoft.ML.OnnxRuntime.Gpu.Linux ${version}.`;
}

/**
 * Reads what the libraries in a folder are, without loading them.
 *
 * @param stated version that their package states; providers of old versions do not have it in them
 * @param source what they came from, for people
 * @throws InputError when they are no libraries for this machine, or no CUDA provider
 */
export async function describeProvider(
  folder: string,
  stated: string | undefined,
  source: string,
): Promise<CheckedProvider> {
  await readElf(join(folder, providerFiles[0]));
  const { cudaMajor } = await readNeeds(folder);
  if (cudaMajor === undefined) {
    throw new InputError(
      `"${source}": ${providerFiles[1]} names neither libcudart nor libcublas: it is no CUDA provider.`,
    );
  }
  const written = await versionsIn(join(folder, providerFiles[1]));
  return { cudaMajor, versions: [...new Set([...(stated === undefined ? [] : [stated]), ...written])] };
}

/**
 * Checks that the libraries in a folder are the provider of a version.
 *
 * @throws InputError as {@link describeProvider}, and for one of another version
 */
export async function checkProvider(
  folder: string,
  version: string,
  stated: string | undefined,
  source: string,
): Promise<CheckedProvider> {
  const provider = await describeProvider(folder, stated, source);
  const { cudaMajor, versions } = provider;
  if (versions.includes(version)) return provider;
  const what = versions.length === 0 ? 'of a version that cannot be told' : `of ONNX Runtime ${versions.join(' or ')}`;
  throw new InputError(
    `"${source}" holds a CUDA provider ${what} (CUDA ${cudaMajor}), and this program has ONNX Runtime ${version}: the two must be the same. ${fittingPackages(version)}`,
  );
}
