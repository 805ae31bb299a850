import { resolve } from 'node:path';
import { RunError } from '../../../errors.ts';
import { pythonsAtHand } from '../cudaLibraries/pythons.ts';
import type { PackageSource } from './cudaRuntime.ts';
import type { FeedFetch } from './feedFetch.ts';
import { findPackage } from './packageFeed.ts';
import { fittingPackages } from './providerCheck.ts';
import { pythonProviders, pythonWithPip } from './pythonProvider.ts';
import { runtimePackageVersion } from './runtimePlace.ts';

/* Which source the CUDA libraries are taken from, where the user named one and where not. */

/** Words for sources that are no files; a file of such a name is written `./python`. */
export const sourceWords = ['python', 'pip', 'feed'] as const;

/** The onnxruntime-gpu of the right version in a Python at hand, and what is said of those of other versions. */
export async function findPythonProvider(): Promise<{
  readonly source: PackageSource | undefined;
  readonly others: readonly string[];
}> {
  const version = runtimePackageVersion();
  const all = await pythonProviders(await pythonsAtHand());
  const provider = all.find((each) => each.version === version);
  const others = all.filter((each) => each !== provider);
  return {
    source: provider && { provider },
    others: others.map((each) => `${each.python} has onnxruntime-gpu ${each.version}`),
  };
}

async function fromPython(): Promise<PackageSource> {
  const { source, others } = await findPythonProvider();
  if (source !== undefined) return source;
  const version = runtimePackageVersion();
  const has = others.length === 0 ? 'no Python at hand has an onnxruntime-gpu' : others.join('; ');
  throw new RunError(`Looked for onnxruntime-gpu ${version}: ${has}. ${fittingPackages(version)}`);
}

/** The official package. @throws RunError that names the other ways, when its feed cannot be reached or has it not */
async function fromFeed(fetch: () => Promise<FeedFetch>, signal: AbortSignal): Promise<PackageSource> {
  const asked = await fetch();
  const version = runtimePackageVersion();
  try {
    return { fetch: asked, found: await findPackage(asked, version, signal) };
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    throw new RunError(
      `${error.message} Without that feed: --from pip has pip fetch onnxruntime-gpu ${version} from its own mirror, and --from takes its wheel, another package or a folder.`,
      { cause: error },
    );
  }
}

/**
 * Where the libraries come from: what `from` names, and without it an onnxruntime-gpu of this version that is installed
 * in a Python, else the official package.
 *
 * @param from one of {@link sourceWords}, or a path
 * @throws RunError when there is no such source; InputError and Interrupted as `findPackage`
 */
export async function chooseSource(
  from: string | undefined,
  sha512: string | undefined,
  fetch: () => Promise<FeedFetch>,
  signal: AbortSignal,
): Promise<PackageSource> {
  switch (from) {
    case undefined:
      return (await findPythonProvider()).source ?? fromFeed(fetch, signal);
    case 'python':
      return fromPython();
    case 'pip':
      return { pip: await pythonWithPip(await pythonsAtHand(), signal) };
    case 'feed':
      return fromFeed(fetch, signal);
    default:
      return { file: resolve(from), sha512 };
  }
}
