import { z } from 'zod';
import { RunError } from '../../../errors.ts';
import { checkAddress, type FeedFetch, requestJson } from './feedFetch.ts';

/* Asks the package feed for address, size and hash of the package with the CUDA libraries. */

/** The feed that onnxruntime-node's own install script takes the libraries from. */
const officialIndex = 'https://api.nuget.org/v3/index.json';
/** Another feed of the same protocol, such as a company's mirror. */
const indexVariable = 'REJUVENATE_NUGET_INDEX';
const packageId = 'microsoft.ml.onnxruntime.gpu.linux';
/** What claims to be larger than this is something else. */
const largestPackage = 2 ** 31;

/** The package as its feed describes it. */
export interface FeedPackage {
  readonly url: string;
  readonly bytes: number;
  /** SHA-512 of the package file, base64. */
  readonly sha512: string;
  readonly licence: string;
}

/** NuGet Server API, service index: https://learn.microsoft.com/nuget/api/service-index */
const indexSchema = z.object({ resources: z.array(z.object({ '@id': z.string(), '@type': z.string() })) });
/** Registration leaf: https://learn.microsoft.com/nuget/api/registration-base-url-resource#registration-leaf */
const leafSchema = z.object({ catalogEntry: z.string() });
/** Package details in the catalog: https://learn.microsoft.com/nuget/api/catalog-resource#package-details-catalog-items */
const catalogSchema = z.object({
  packageHash: z.base64().length(88),
  packageHashAlgorithm: z.literal('SHA512'),
  packageSize: z.int().positive().max(largestPackage),
  licenseExpression: z.string().max(100).optional(),
});

export function feedIndex(environment: NodeJS.ProcessEnv = process.env): string {
  return environment[indexVariable] || officialIndex;
}

/**
 * Asks the feed for size and SHA-512 of the CUDA package of one version of ONNX Runtime. Three small JSON files.
 *
 * @throws RunError when the feed cannot be reached or does not have it; InputError for an address without TLS
 */
export async function findPackage(
  fetch: FeedFetch,
  version: string,
  signal: AbortSignal,
  index: string = feedIndex(),
): Promise<FeedPackage> {
  const read = async <Content>(url: string, schema: z.ZodType<Content>): Promise<Content> => {
    const parsed = schema.safeParse(await requestJson(fetch, url, signal, index));
    if (parsed.success) return parsed.data;
    throw new RunError(`${url} does not answer as a NuGet feed does (${parsed.error.issues[0]?.path.join('.')}).`);
  };
  const { resources } = await read(index, indexSchema);
  const base = (type: string) => {
    const found = resources.find((each) => each['@type'] === type);
    if (found === undefined) throw new RunError(`${index} offers no ${type}: it is no feed of packages.`);
    return found['@id'].replace(/\/?$/, '/');
  };
  const content = base('PackageBaseAddress/3.0.0');
  const { catalogEntry } = await read(`${base('RegistrationsBaseUrl/3.6.0')}${packageId}/${version}.json`, leafSchema);
  const { packageHash, packageSize, licenseExpression } = await read(catalogEntry, catalogSchema);
  const url = `${content}${packageId}/${version}/${packageId}.${version}.nupkg`;
  // Before anybody is asked for consent to it.
  checkAddress(url, index);
  return {
    url,
    bytes: packageSize,
    sha512: packageHash,
    licence: licenseExpression ?? 'not stated by the feed',
  };
}
