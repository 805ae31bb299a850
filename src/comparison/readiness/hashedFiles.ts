import { ChangedInput, isSame } from '../../files/reading/fileIdentity.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { hashInput } from '../../files/reading/readInput.ts';
import { describeCalibration } from '../../run/files/provenance.ts';

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
  const files: HashedFile[] = [];
  for (const { path, identity: before } of described) {
    const { sha256, identity } = await hashInput(path, inputKinds.calibration, signal);
    if (!isSame(identity, before)) throw new ChangedInput(path, 'after it was read');
    files.push({ path, sha256 });
  }
  return { result, files };
}
