import { resolve } from 'node:path';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { type FileToHash, hashFiles } from '../../files/hashing/hashFiles.ts';
import {
  ChangedInput,
  type FileIdentity,
  identityAt,
  isOther,
  isSame,
  modifiedMs,
} from '../../files/reading/fileIdentity.ts';
import { type InputKind, inputKinds } from '../../files/reading/inputKind.ts';
import { identifyInput } from '../../files/reading/openInput.ts';
import { hashInput } from '../../files/reading/readInput.ts';
import { calibrationList } from '../../record/calibrationInputs.ts';
import type { RunRecord } from '../../record/run/runRecord.ts';

/* Describes and hashes the files that a run reads, so that its record names them exactly. */

/** A file as it was before the run read anything of it. */
export interface InputFile {
  readonly name: string;
  readonly path: string;
  readonly identity: FileIdentity;
}

/** Every file a run reads. */
export interface InputFiles {
  readonly base: { readonly folder: string; readonly files: readonly InputFile[] };
  readonly sft: {
    readonly folder: string;
    readonly files: readonly InputFile[];
    readonly adapter?: RunRecord['inputs']['sft']['adapter'];
  };
  /** In the order in which they are read, at least one. */
  readonly calibration: readonly InputFile[];
  /** Used in place of the SFT's. */
  readonly tokenizer: InputFile | undefined;
  /** The chat template that was given in place of the SFT's own. */
  readonly chatTemplate: InputFile | undefined;
}

/** @throws InputError when it cannot be read, is no regular file or too large */
export async function describeInput(given: string, kind: InputKind): Promise<InputFile> {
  const path = resolve(given);
  return { name: path, path, identity: await identifyInput(path, kind) };
}

/** @throws InputError when one cannot be read, is no regular file or too large */
export async function describeCalibration(calibration: readonly string[]): Promise<InputFile[]> {
  const files: InputFile[] = [];
  for (const path of calibration) files.push(await describeInput(path, inputKinds.calibration));
  return files;
}

/**
 * Hashes files once they have been read.
 *
 * @throws ChangedInput when one is not the file that was described; Interrupted on abort
 */
export async function hashCalibration(
  files: readonly InputFile[],
  signal: AbortSignal,
): Promise<{ path: string; sha256: string }[]> {
  const hashed: { path: string; sha256: string }[] = [];
  for (const { path, identity: before } of files) {
    const { sha256, identity } = await hashInput(path, inputKinds.calibration, signal);
    if (!isSame(identity, before)) throw new ChangedInput(path, 'after it was read');
    hashed.push({ path, sha256 });
  }
  return hashed;
}

/** Every input, from what was found of it before it was read. */
export function describeInputs(
  base: Checkpoint,
  sft: Checkpoint,
  calibration: readonly InputFile[],
  given: { readonly tokenizer?: InputFile | undefined; readonly chatTemplate?: InputFile | undefined } = {},
): InputFiles {
  const { folder, files, merged } = sft;
  const described = merged && {
    folder,
    files: merged.files,
    adapter: { kind: 'LoRA', mergedInto: merged.base } as const,
  };
  const sides = { base: { folder: base.folder, files: base.files }, sft: described ?? { folder, files } };
  return { ...sides, calibration, tokenizer: given.tokenizer, chatTemplate: given.chatTemplate };
}

const changedWhen = 'while it was read';

/** Files of a checkpoint have been opened within their limits; a hash takes them as they are. */
const kindOf = (file: InputFile, inputs: InputFiles): InputKind =>
  inputs.calibration.includes(file)
    ? inputKinds.calibration
    : file === inputs.chatTemplate
      ? inputKinds.chatTemplate
      : inputKinds.weights;

/**
 * Hashes some files of a checkpoint.
 *
 * @throws ChangedInput when a file is not the one that the run began with; Interrupted on abort
 */
export async function hashCheckpoint(
  files: readonly InputFile[],
  signal: AbortSignal,
): Promise<{ path: string; sha256: string }[]> {
  const hashes = await hashFiles(
    files.map(({ path, identity }) => ({ path, identity, kind: inputKinds.weights })),
    signal,
  );
  return files.map(({ path }, i) => ({ path, sha256: hashes[i]! }));
}

/**
 * Hashes every input.
 *
 * @param signal stops between chunks
 * @param given hashes that are known already, by path
 * @throws ChangedInput when a file is not the one that the run began with; Interrupted on abort
 */
export async function hashInputs(
  inputs: InputFiles,
  signal: AbortSignal,
  given: ReadonlyMap<string, string> = new Map(),
): Promise<RunRecord['inputs']> {
  const { base, sft, calibration, tokenizer, chatTemplate } = inputs;
  const known = new Map(given);
  const unknown = new Map<string, FileToHash>();
  for (const file of [...base.files, ...sft.files, ...calibration, tokenizer, chatTemplate]) {
    if (file === undefined || known.has(file.path) || unknown.has(file.path)) continue;
    unknown.set(file.path, { path: file.path, identity: file.identity, kind: kindOf(file, inputs) });
  }
  const files = [...unknown.values()];
  const hashes = await hashFiles(files, signal);
  for (const [i, { path }] of files.entries()) known.set(path, hashes[i]!);
  const entry = ({ path, name, identity }: InputFile) => ({
    ...{ name, bytes: identity.bytes, modified: new Date(modifiedMs(identity)).toISOString() },
    sha256: known.get(path)!,
  });
  const lines = calibration.map(entry);
  return {
    base: { folder: base.folder, files: base.files.map(entry) },
    sft: { folder: sft.folder, files: sft.files.map(entry), ...(sft.adapter && { adapter: sft.adapter }) },
    calibration: lines.length === 1 ? lines[0]! : lines,
    ...(tokenizer !== undefined && { tokenizer: entry(tokenizer) }),
    ...(chatTemplate && { chatTemplate: entry(chatTemplate) }),
  };
}

/**
 * Checks at the end of a run that every input is the file that the run began with: all that the engine read in between,
 * by their paths, is then what was hashed. A file whose attributes alone changed, or whose modification time was set
 * back, is hashed again, since hours of work hang on it.
 *
 * @throws ChangedInput naming the file that is another or has another content
 */
export async function checkInputsUnchanged(
  inputs: InputFiles,
  hashes: RunRecord['inputs'],
  signal: AbortSignal,
): Promise<void> {
  const check = async (file: InputFile, sha256: string) => {
    const now = await identityAt(file.path);
    if (now !== undefined && isSame(now, file.identity)) return;
    if (now === undefined || isOther(now, file.identity)) throw new ChangedInput(file.path, changedWhen);
    const again = await hashInput(file.path, kindOf(file, inputs), signal);
    if (again.sha256 !== sha256) throw new ChangedInput(file.path, changedWhen);
  };
  for (const side of ['base', 'sft'] as const) {
    for (const [i, file] of inputs[side].files.entries()) await check(file, hashes[side].files[i]!.sha256);
  }
  const calibration = calibrationList(hashes.calibration);
  for (const [i, file] of inputs.calibration.entries()) await check(file, calibration[i]!.sha256);
  if (inputs.tokenizer !== undefined && hashes.tokenizer !== undefined) {
    await check(inputs.tokenizer, hashes.tokenizer.sha256);
  }
  if (inputs.chatTemplate !== undefined) await check(inputs.chatTemplate, hashes.chatTemplate!.sha256);
}
