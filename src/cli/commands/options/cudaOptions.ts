import { chooseSource, sourceWords } from '../../../engine/device/cudaRuntime/chooseSource.ts';
import { consentText } from '../../../engine/device/cudaRuntime/consent.ts';
import {
  installCudaRuntime,
  removeCudaRuntime,
  requireCudaPlatform,
} from '../../../engine/device/cudaRuntime/cudaRuntime.ts';
import { environmentFetch } from '../../../engine/device/cudaRuntime/feedFetch.ts';
import { parseSha512 } from '../../../engine/device/cudaRuntime/packageFile.ts';
import { cudaRuntimeHome } from '../../../engine/device/cudaRuntime/runtimePlace.ts';
import { InputError } from '../../../errors.ts';
import type { CommandContext } from '../command.ts';
import { askWord } from './askWord.ts';

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
  if (sha512 !== undefined && sourceWords.some((word) => word === from)) {
    throw new InputError('--sha512 belongs to --from with a file.');
  }
  const hash = sha512 === undefined ? undefined : parseSha512(sha512);
  const source = await chooseSource(from, hash, environmentFetch, context.signal);
  context.say(consentText(source));
  if (!yes) await askWord('Install?', 'installed', context.signal);
  const total = 'found' in source ? source.found.bytes : 0;
  let tenths = 0;
  const { folder, cudaMajor, sha256 } = await installCudaRuntime(source, {
    signal: context.signal,
    onBytes(bytes) {
      const now = Math.floor((10 * bytes) / total);
      if (now > tenths) context.say(`fetched ${now * 10} %`);
      tenths = now;
    },
  });
  context.say(`The provider is for CUDA ${cudaMajor}; its SHA-256 is ${sha256}.`);
  context.print(`Installed in ${folder}. "rejuvenate doctor" says whether CUDA now works.`);
  return true;
}
