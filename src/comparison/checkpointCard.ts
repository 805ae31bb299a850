import { join } from 'node:path';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { type InputKind, inputKinds } from '../files/reading/inputKind.ts';
import { hashInput } from '../files/reading/readInput.ts';
import { escapeHidden, shownBytes, shownShape } from '../files/reading/shown.ts';
import { isJsonObject, parseBoundedJson } from '../files/reading/strictJson.ts';
import { readTextFile } from '../files/reading/textFile.ts';
import { differTensors } from './weights/differTensors.ts';

/*
 * A checkpoint as a text of short lines, made for a text editor's own diff: what two checkpoints share stands on equal
 * lines. Text of the checkpoint is untrusted: invisible and direction-changing characters are escaped.
 */

/** Objects with their names in order, so that two files written in different orders compare. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, sorted(value[name])]),
  );
}

function configLines(text: string, path: string): string[] {
  return JSON.stringify(sorted(parseBoundedJson(text, `"${path}"`)), null, 2)
    .split('\n')
    .map((line) => `  ${escapeHidden(line)}`);
}

/** Six digits: more would show rounding as a difference. */
function normText(norm: number | undefined): string {
  return norm === undefined ? '' : `  norm ${norm.toPrecision(6)}`;
}

/**
 * Frobenius norms of a checkpoint's tensors, by name: reads all its weights.
 *
 * @throws InputError when a file cannot be read; Interrupted on abort
 */
export async function tensorNorms(
  checkpoint: Checkpoint,
  signal: AbortSignal,
  onProgress?: (doneBytes: number, totalBytes: number) => void,
): Promise<Map<string, number>> {
  const norms = new Map<string, number>();
  await differTensors([checkpoint], [{ reference: 0, checkpoint: 0 }], {
    signal,
    ...(onProgress && { onProgress }),
    onDifference: (_, { name, referenceNorm }) => norms.set(name, referenceNorm),
  });
  return norms;
}

/**
 * The card of a checkpoint: its configuration, hashes of its tokenizer's files, and every tensor with dtype, shape and
 * norm.
 *
 * @param norms by tensor name; those that are missing are left out
 * @throws InputError when a file cannot be read
 */
export async function checkpointCard(checkpoint: Checkpoint, norms: ReadonlyMap<string, number>): Promise<string> {
  const { folder, shards, tensors, tokenizerPath, tokenizerConfigPath } = checkpoint;
  const configPath = join(folder, 'config.json');
  const config = configLines(await readTextFile(configPath, inputKinds.config), configPath);
  const hash = async (path: string | undefined, kind: InputKind) =>
    path === undefined ? 'none' : `sha256 ${(await hashInput(path, kind)).sha256}`;
  const names = [...tensors.keys()].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const longest = names.reduce((most, name) => Math.max(most, name.length), 0);
  return [
    escapeHidden(folder),
    '',
    'config.json',
    ...config,
    '',
    `tokenizer.json         ${await hash(tokenizerPath, inputKinds.tokenizer)}`,
    `tokenizer_config.json  ${await hash(tokenizerConfigPath, inputKinds.tokenizerConfig)}`,
    '',
    'weight files',
    ...shards.map(({ name, byteLength }) => `  ${escapeHidden(name)}  ${shownBytes(byteLength)}`),
    '',
    'tensors',
    ...names.map((name) => {
      const { dtype, shape } = tensors.get(name)!;
      return `  ${escapeHidden(name).padEnd(longest)}  ${dtype}  ${shownShape(shape)}${normText(norms.get(name))}`;
    }),
    '',
  ].join('\n');
}
