import { realpath } from 'node:fs/promises';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { modelDifferences, runtimeDifferences, vocabularyDifferences } from '../../checkpoint/configDifferences.ts';
import { listed } from '../../checkpoint/listed.ts';
import { tokenizerDifference } from '../../checkpoint/tokenizer/tokenizerDifference.ts';
import { InputError } from '../../errors.ts';
import { readFault } from '../../files/reading/fileFault.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { readTextFile } from '../../files/reading/textFile.ts';
import { tokenizing } from '../outputs/sameTokens.ts';
import { matchTensors, type TensorMatch } from './tensorMatch.ts';

/* Checks that checkpoints have weights in common, and lists what differs between them. */

/** What checkpoints share, and sentences on what they do not. */
export interface Comparable {
  readonly match: TensorMatch;
  readonly notes: readonly string[];
  /** Those whose tokenizer is not that by which all are measured ({@link tokenizing}): some text gets other ids, or it cannot be told. */
  readonly otherTokenizers: readonly Checkpoint[];
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

/** Whether there is a matrix to compare: norms of as many elements may be there by chance. */
function sharesWeights({ shared }: TensorMatch): boolean {
  return shared.some(({ shape }) => shape.length > 1);
}

/** @throws InputError when nothing of two checkpoints can be compared */
function checkShared(reference: Checkpoint, checkpoint: Checkpoint, differences: readonly string[]): void {
  const sameWidth = reference.architecture.hiddenSize === checkpoint.architecture.hiddenSize;
  if (sameWidth && sharesWeights(matchTensors([reference, checkpoint]))) return;
  const why =
    differences.length > 0
      ? `they differ in ${listed(differences)}`
      : 'no weight of the one has the shape that it has in the other';
  throw new InputError(`"${reference.folder}" and "${checkpoint.folder}" cannot be compared: ${why}.`);
}

/** Where two tokenizers differ; undefined when they give the same ids, or one is not there. */
async function tokenizersDiffer(one: Checkpoint, other: Checkpoint): Promise<string | undefined> {
  const [path, otherPath] = [one.tokenizerPath, other.tokenizerPath];
  if (path === undefined || otherPath === undefined) return undefined;
  try {
    const text = await readTextFile(path, inputKinds.tokenizer);
    const otherText = await readTextFile(otherPath, inputKinds.tokenizer);
    return tokenizerDifference({ path, text }, { path: otherPath, text: otherText });
  } catch (error) {
    // Weights are compared without them.
    if (error instanceof InputError) return error.message.replace(/\.$/, '');
    throw error;
  }
}

/**
 * Checks that checkpoints can be compared element by element: different folders, with weights of the same names and shapes. All
 * else may differ, and is said: dtypes, sizes, numbers of layers, vocabularies, how each is run.
 *
 * @param checkpoints the first is the reference
 * @throws InputError naming what differs between the reference and the first checkpoint that shares nothing with it
 */
export async function checkComparable(checkpoints: readonly Checkpoint[]): Promise<Comparable> {
  await refuseTwice(checkpoints);
  const [reference, ...others] = checkpoints;
  const notes: string[] = [];
  const otherTokenizers: Checkpoint[] = [];
  const tokenized = tokenizing(checkpoints);
  for (const checkpoint of others) {
    const both = `"${reference!.folder}" and "${checkpoint.folder}"`;
    const sizes = [...modelDifferences(reference!, checkpoint), ...vocabularyDifferences(reference!, checkpoint)];
    checkShared(reference!, checkpoint, sizes);
    if (sizes.length > 0) notes.push(`${both} differ in ${listed(sizes)}: what they share is compared.`);
    const own = runtimeDifferences(reference!, checkpoint);
    if (own.length > 0) notes.push(`${both} differ in ${listed(own)}: each is run with its own.`);
    const words = checkpoint === tokenized ? undefined : await tokenizersDiffer(tokenized, checkpoint);
    if (words === undefined) continue;
    otherTokenizers.push(checkpoint);
    notes.push(
      `"${tokenized.folder}" and "${checkpoint.folder}" differ in tokenizer.json (${words}): weights are compared all the same.`,
    );
  }
  const match = matchTensors(checkpoints);
  if (!sharesWeights(match)) throw new InputError('No weight is in all of these checkpoints: compare two at a time.');
  return { match, notes, otherTokenizers };
}
