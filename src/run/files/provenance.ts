import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { RunError } from '../../errors.ts';
import { readFault } from '../../files/reading/fileFault.ts';
import { fileSha256 } from '../../files/reading/fileSha256.ts';
import type { RunRecord } from '../../record/run/runRecord.ts';

/* Describes and hashes the files that a run reads, so that its record names them exactly. */

/** A file as it was when the run began. */
export interface InputFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** Every file a run reads. */
export interface InputFiles {
  readonly base: { readonly folder: string; readonly files: readonly InputFile[] };
  readonly sft: { readonly folder: string; readonly files: readonly InputFile[] };
  readonly calibration: InputFile;
}

async function describe(path: string, name: string): Promise<InputFile> {
  try {
    const info = await stat(path);
    return { name, path, bytes: info.size, modifiedMs: Math.trunc(info.mtimeMs) };
  } catch (error) {
    throw readFault(error, path);
  }
}

/** Sizes and times of a checkpoint's weights, configuration and tokenizer. */
export async function describeCheckpoint(checkpoint: Checkpoint): Promise<InputFiles['base']> {
  const inFolder = (name: string) => describe(join(checkpoint.folder, name), name);
  const files = [
    ...checkpoint.shards.map(({ path, name }) => describe(path, name)),
    inFolder('config.json'),
    inFolder(basename(checkpoint.tokenizerPath)),
  ];
  if (checkpoint.indexName !== undefined) files.push(inFolder(checkpoint.indexName));
  if (checkpoint.tokenizerConfigPath !== undefined) files.push(inFolder(basename(checkpoint.tokenizerConfigPath)));
  return { folder: checkpoint.folder, files: await Promise.all(files) };
}

/** Sizes and times of every input, without reading them. */
export async function describeInputs(base: Checkpoint, sft: Checkpoint, calibration: string): Promise<InputFiles> {
  const path = resolve(calibration);
  return {
    base: await describeCheckpoint(base),
    sft: await describeCheckpoint(sft),
    calibration: await describe(path, path),
  };
}

/**
 * Hashes every input, one file after the other, and checks that none changed since it was described.
 *
 * @param signal stops between chunks
 * @throws RunError when a file changed under the run
 */
export async function hashInputs(inputs: InputFiles, signal: AbortSignal): Promise<RunRecord['inputs']> {
  const known = new Map<string, string>();
  const hash = async (file: InputFile) => {
    let sha256 = known.get(file.path);
    if (sha256 === undefined) {
      sha256 = await fileSha256(file.path, signal);
      const now = await describe(file.path, file.name);
      if (now.bytes !== file.bytes || now.modifiedMs !== file.modifiedMs) {
        throw new RunError(`"${file.path}" changed while the run was reading it: run again once it is complete.`);
      }
      known.set(file.path, sha256);
    }
    return { name: file.name, bytes: file.bytes, modified: new Date(file.modifiedMs).toISOString(), sha256 };
  };
  const hashAll = async ({ folder, files }: InputFiles['base']) => {
    const entries: RunRecord['inputs']['base']['files'] = [];
    for (const file of files) entries.push(await hash(file));
    return { folder, files: entries };
  };
  return {
    base: await hashAll(inputs.base),
    sft: await hashAll(inputs.sft),
    calibration: await hash(inputs.calibration),
  };
}
