import { createInterface } from 'node:readline/promises';
import { consentText } from '../../engine/device/cudaRuntime/consent.ts';
import {
  installCudaRuntime,
  type PackageSource,
  removeCudaRuntime,
  requireCudaPlatform,
} from '../../engine/device/cudaRuntime/cudaRuntime.ts';
import { environmentFetch } from '../../engine/device/cudaRuntime/feedFetch.ts';
import { findPackage } from '../../engine/device/cudaRuntime/packageFeed.ts';
import { parseSha512 } from '../../engine/device/cudaRuntime/packageFile.ts';
import { cudaRuntimeHome, runtimePackageVersion } from '../../engine/device/cudaRuntime/runtimePlace.ts';
import { InputError, Interrupted, RunError } from '../../errors.ts';
import type { CommandContext } from './command.ts';

/* The options of `rejuvenate doctor` that install and remove the CUDA runtime. */

export interface CudaOptions {
  readonly installCuda?: true;
  readonly removeCuda?: true;
  readonly from?: string;
  readonly sha512?: string;
  readonly yes?: true;
}

/**
 * Installs or removes the CUDA runtime, where the options ask for it.
 *
 * @returns whether they do
 * @throws InputError for options that do not go together, or without consent; otherwise as `installCudaRuntime`
 */
export async function changeCudaRuntime(context: CommandContext, options: CudaOptions): Promise<boolean> {
  const { installCuda, removeCuda, from, sha512, yes } = options;
  if (installCuda && removeCuda) throw new InputError('Give either --install-cuda or --remove-cuda.');
  if (!installCuda && (from !== undefined || sha512 !== undefined || yes)) {
    throw new InputError('--from, --sha512 and --yes belong to --install-cuda.');
  }
  if (sha512 !== undefined && from === undefined) throw new InputError('--sha512 belongs to --from FILE.');
  if (removeCuda) {
    const removed = await removeCudaRuntime();
    context.print(removed ? `Removed ${cudaRuntimeHome()}.` : 'No CUDA runtime was installed.');
    return true;
  }
  if (!installCuda) return false;
  requireCudaPlatform();
  const source = await sourceOf(context, from, sha512);
  context.say(consentText('found' in source ? source.found : source));
  if (!yes) await consent(context);
  const total = 'found' in source ? source.found.bytes : 0;
  let tenths = 0;
  const folder = await installCudaRuntime(source, {
    signal: context.signal,
    onBytes(bytes) {
      const now = Math.floor((10 * bytes) / total);
      if (now > tenths) context.say(`fetched ${now * 10} %`);
      tenths = now;
    },
  });
  context.print(`Installed in ${folder}. "rejuvenate doctor" says whether CUDA now works.`);
  return true;
}

async function sourceOf(
  { signal }: CommandContext,
  from: string | undefined,
  sha512: string | undefined,
): Promise<PackageSource> {
  if (from !== undefined && sha512 !== undefined) return { file: from, sha512: parseSha512(sha512) };
  const fetch = await environmentFetch();
  try {
    const found = await findPackage(fetch, runtimePackageVersion(), signal);
    return from === undefined ? { fetch, found } : { file: from, sha512: found.sha512 };
  } catch (error) {
    if (from === undefined || !(error instanceof RunError)) throw error;
    throw new InputError(
      `The hash that "${from}" must have cannot be asked for: ${error.message} Give it with --sha512 (packageHash in the feed's catalog).`,
      { cause: error },
    );
  }
}

/** Asks on the terminal. */
async function consent({ signal }: CommandContext): Promise<void> {
  if (!process.stdin.isTTY) throw new InputError('Nothing is installed without consent: add --yes.');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question('Install? [y/N] ', { signal });
    if (!/^y(es)?$/i.test(answer.trim())) throw new Interrupted('Nothing was installed.');
  } catch (error) {
    if (signal.aborted) throw new Interrupted('Nothing was installed.');
    throw error;
  } finally {
    terminal.close();
  }
}
