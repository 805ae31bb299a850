import { describeCalibration, hashCalibration } from '../../run/files/provenance.ts';

/* Names files by their content, and notices when one changed while it was read. */

/** A file as records name it. */
export interface HashedFile {
  readonly path: string;
  readonly sha256: string;
}

/**
 * Does something with files, and hashes them after.
 *
 * @throws ChangedInput when one is not the same as before; Interrupted on abort
 */
export async function withHashes<Result>(
  paths: readonly string[],
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly files: HashedFile[] }> {
  const described = await describeCalibration(paths);
  const result = await work();
  return { result, files: await hashCalibration(described, signal) };
}
