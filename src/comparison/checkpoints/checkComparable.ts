import { realpath } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import {
  listed,
  modelDifferences,
  runtimeDifferences,
  vocabularyDifferences,
} from '../../checkpoint/configDifferences.ts';
import { isBuffer } from '../../checkpoint/tensorCheck.ts';
import { requiredTokenizer } from '../../checkpoint/tokenizer/requiredTokenizer.ts';
import { tokenizerDifference } from '../../checkpoint/tokenizer/tokenizerDifference.ts';
import { InputError } from '../../errors.ts';
import { readFault } from '../../files/reading/fileFault.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { shown, shownShape } from '../../files/reading/shown.ts';
import { readTextFile } from '../../files/reading/textFile.ts';
import { effectiveTensor } from './tensorMatch.ts';

/* Checks that checkpoints can be compared: one architecture, the same tensors, the same tokenizer. */

/** Tensors named in one sentence; more are counted. */
const named = 3;

function tensorDifferences(reference: Checkpoint, checkpoint: Checkpoint): string[] {
  const found: string[] = [];
  for (const { name, shape } of reference.tensors.values()) {
    if (isBuffer(name)) continue;
    const other = effectiveTensor(checkpoint, name)?.shape;
    if (other === undefined) found.push(`tensor ${shown(name)}, which only the first has`);
    else if (!isDeepStrictEqual(other, shape)) {
      found.push(`the shape of tensor ${shown(name)} (${shownShape(shape)} and ${shownShape(other)})`);
    }
  }
  for (const { name } of checkpoint.tensors.values()) {
    if (!isBuffer(name) && effectiveTensor(reference, name) === undefined)
      found.push(`tensor ${shown(name)}, which only the second has`);
  }
  return found.length <= named ? found : [...found.slice(0, named), `${found.length - named} more tensors`];
}

async function refuseTwice(checkpoints: readonly Checkpoint[]): Promise<void> {
  const seen = new Map<string, string>();
  for (const { folder, shards } of checkpoints) {
    let place: string;
    try {
      place = await realpath(folder);
    } catch (error) {
      throw readFault(error, folder);
    }
    for (const key of [place, shards.map(({ path }) => path).join('\n')]) {
      const other = seen.get(key);
      if (other === folder) throw new InputError(`"${folder}" is given twice: give different checkpoints.`);
      if (other !== undefined) {
        throw new InputError(`"${other}" and "${folder}" are the same files: give different checkpoints.`);
      }
    }
    seen.set(place, folder);
    seen.set(shards.map(({ path }) => path).join('\n'), folder);
  }
}

/**
 * Checks that checkpoints can be compared element by element and on the same tokens: different folders of one
 * architecture, with the same tensors and shapes, and tokenizers that give the same ids. Dtypes may differ.
 *
 * @param checkpoints the first is the reference
 * @returns sentences on what differs in their configurations and is compared all the same
 * @throws InputError naming what differs between the reference and the first checkpoint that does not fit
 */
export async function checkComparable(checkpoints: readonly Checkpoint[]): Promise<string[]> {
  await refuseTwice(checkpoints);
  const [reference, ...others] = checkpoints;
  if (reference === undefined) return [];
  const notes: string[] = [];
  const tokenizer = async (checkpoint: Checkpoint) => {
    const path = requiredTokenizer(checkpoint);
    return { path, text: await readTextFile(path, inputKinds.tokenizer) };
  };
  const referenceTokenizer = await tokenizer(reference);
  for (const checkpoint of others) {
    const fields = [...modelDifferences(reference, checkpoint), ...vocabularyDifferences(reference, checkpoint)];
    // Sizes that differ make every shape differ; naming them all would hide the cause.
    const found = fields.length > 0 ? fields : tensorDifferences(reference, checkpoint);
    const words = tokenizerDifference(referenceTokenizer, await tokenizer(checkpoint));
    if (words !== undefined) found.push(`tokenizer.json (${words})`);
    const own = runtimeDifferences(reference, checkpoint);
    if (own.length > 0) {
      notes.push(
        `"${reference.folder}" and "${checkpoint.folder}" differ in ${listed(own)}: each is run with its own.`,
      );
    }
    if (found.length === 0) continue;
    throw new InputError(
      `"${reference.folder}" and "${checkpoint.folder}" cannot be compared: they differ in ${listed(found)}.`,
    );
  }
  return notes;
}
