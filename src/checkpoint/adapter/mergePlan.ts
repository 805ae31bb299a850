import { InputError } from '../../errors.ts';
import { shown, shownShape } from '../../files/reading/shown.ts';
import { embeddingName, headBiasName, headName } from '../architecture/tensorNames.ts';
import type { Checkpoint, TensorEntry } from '../checkpoint.ts';
import type { WeightDtype } from '../safetensors/dtype.ts';
import type { Adapter, AdapterTensor } from './adapter.ts';
import { type LoraPair, loraPairs, refusedTensor } from './loraPairs.ts';
import { checkNewRows, type NewRows, newRows } from './newRows.ts';
import { embedding, head } from './selectedModules.ts';
import { wholeTensors } from './wholeTensors.ts';

/* Says for every tensor of a merged model from which tensors of base and adapter it comes, as peft's merge_and_unload has it. */

/** One tensor of the merged model. */
export interface MergedTensor {
  readonly name: string;
  /** That of the base's tensor. */
  readonly dtype: WeightDtype;
  readonly shape: readonly number[];
  /** The base's tensor, or in its place one of the adapter, which is converted to the dtype. */
  readonly from: TensorEntry | AdapterTensor;
  readonly newRows: NewRows | undefined;
  /** Added one after the other. */
  readonly pairs: readonly LoraPair[];
}

/** A merged model, before it is computed. */
export interface MergePlan {
  /** Every tensor, by the base's name for it. */
  readonly tensors: ReadonlyMap<string, MergedTensor>;
  readonly vocabSize: number;
  /** The head is the embedding matrix. */
  readonly tied: boolean;
}

/** Whether values come from the adapter's file. */
export function isOfAdapter(from: TensorEntry | AdapterTensor): from is AdapterTensor {
  return 'part' in from;
}

/** What is done to a tensor. */
type Change = Pick<MergedTensor, 'newRows' | 'pairs'> & { readonly from: AdapterTensor | undefined };

function mergedTensor(adapter: Adapter, entry: TensorEntry, name: string, change: Change): MergedTensor {
  const { from, pairs, newRows: rows } = change;
  const shape = from?.shape ?? entry.shape;
  const grows = name === embeddingName || name === headName;
  if (
    shape.length !== entry.shape.length ||
    shape.some((size, axis) => size !== entry.shape[axis] && !(grows && axis === 0))
  ) {
    throw refusedTensor(
      adapter,
      from!,
      `has the shape ${shownShape(shape)}, but the base's is ${shownShape(entry.shape)}`,
    );
  }
  for (const { a, b, of, embedding: turned } of pairs) {
    const [outer, inner] = [b.shape[0]!, a?.shape[1]];
    const own = of === 'bias' ? [outer] : turned ? [inner!, outer] : [outer, inner!];
    const wrong = own.findIndex((size, axis) => size !== shape[axis]);
    if (wrong < 0) continue;
    const tensor = of === 'bias' || (wrong === 0) !== turned ? b : a!;
    throw refusedTensor(
      adapter,
      tensor,
      `has the shape ${shownShape(tensor.shape)}, which does not fit ${shown(name)} of the base, ${shownShape(shape)}`,
    );
  }
  if (rows !== undefined) checkRows(adapter, rows, shape);
  return { name, dtype: entry.dtype as WeightDtype, shape, from: from ?? entry, newRows: rows, pairs };
}

function checkRows(adapter: Adapter, { rows, tensor }: NewRows, [tokens, hidden]: readonly number[]): void {
  if (tensor.shape[0] !== rows.length || tensor.shape[1] !== hidden) {
    throw refusedTensor(
      adapter,
      tensor,
      `has the shape ${shownShape(tensor.shape)}, but ${rows.length} tokens of ${hidden} values are to be replaced`,
    );
  }
  const beyond = rows.find((row) => row >= tokens!);
  if (beyond === undefined) return;
  throw new InputError(
    `"${adapter.configPath}": "trainable_token_indices" has ${beyond}, but there are ${tokens} tokens.`,
  );
}

/** What becomes of embedding and head, which may share one matrix in the base. */
function vocabularyChanges(adapter: Adapter, base: Checkpoint, pairs: ReadonlyMap<string, LoraPair>) {
  const { replaced, saved } = wholeTensors(adapter, base);
  const pair = (name: string) => (pairs.has(name) ? [pairs.get(name)!] : []);
  const rows = (module: string) => newRows(adapter, module);
  if (!base.architecture.tiedEmbeddings) {
    const change = (name: string, module: string): Change => ({
      from: saved.get(name) ?? replaced.get(name),
      newRows: rows(module),
      pairs: pair(name),
    });
    return { replaced, saved, tied: false, embed: change(embeddingName, embedding), head: change(headName, head) };
  }
  if (rows(head) !== undefined) {
    throw refusedTensor(
      adapter,
      rows(head)!.tensor,
      'replaces rows of a head that is tied to the embeddings: merge this adapter with peft (merge_and_unload) and give the merged folder',
    );
  }
  const shared: Change = {
    from: replaced.get(headName) ?? replaced.get(embeddingName),
    newRows: rows(embedding),
    pairs: [...pair(embeddingName), ...pair(headName)],
  };
  const [savedEmbedding, savedHead] = [saved.get(embeddingName), saved.get(headName)];
  const alone = (from: AdapterTensor | undefined): Change =>
    from === undefined ? shared : { from, newRows: undefined, pairs: [] };
  if (adapter.config.ensureTying) {
    const change = alone(savedHead ?? savedEmbedding);
    return { replaced, saved, tied: true, embed: change, head: change };
  }
  const tied = savedEmbedding === undefined && savedHead === undefined;
  return { replaced, saved, tied, embed: alone(savedEmbedding), head: alone(savedHead) };
}

function checkVocabulary(tensors: ReadonlyMap<string, MergedTensor>, adapter: Adapter, base: Checkpoint): number {
  const vocabSize = tensors.get(embeddingName)!.shape[0]!;
  for (const name of [headName, headBiasName]) {
    const size = tensors.get(name)?.shape[0] ?? vocabSize;
    if (size === vocabSize) continue;
    throw new InputError(
      `"${adapter.folder}" makes the vocabulary of "${base.folder}" ${vocabSize} tokens in "${embeddingName}", but ${size} in "${name}": ` +
        'the adapter was saved without one of them. Merge it with peft in the model that it was trained in, and give the merged folder.',
    );
  }
  return vocabSize;
}

/**
 * Plans the merge of an adapter into a base.
 *
 * @throws InputError naming the tensor, and the file, that does not fit
 */
export function planMerge(adapter: Adapter, base: Checkpoint): MergePlan {
  const pairs = loraPairs(adapter, base.architecture);
  checkNewRows(adapter, pairs);
  const changes = vocabularyChanges(adapter, base, pairs);
  const tensors = new Map<string, MergedTensor>();
  const put = (entry: TensorEntry, name: string, change: Change) =>
    tensors.set(name, mergedTensor(adapter, entry, name, change));
  for (const [name, entry] of base.tensors) {
    if (name === embeddingName) put(entry, name, changes.embed);
    else if (name === headName) put(entry, name, changes.head);
    else {
      const pair = pairs.get(name);
      put(entry, name, {
        from: changes.saved.get(name) ?? changes.replaced.get(name),
        newRows: undefined,
        pairs: pair === undefined ? [] : [pair],
      });
    }
  }
  // A head that came to be of its own.
  if (!changes.tied && !tensors.has(headName)) put(base.tensors.get(embeddingName)!, headName, changes.head);
  for (const [name, { b }] of pairs) {
    if (tensors.has(name) || (name === headName && base.architecture.tiedEmbeddings)) continue;
    throw refusedTensor(adapter, b, `changes ${shown(name)}, which the base "${base.folder}" does not have`);
  }
  return { tensors, tied: changes.tied, vocabSize: checkVocabulary(tensors, adapter, base) };
}
