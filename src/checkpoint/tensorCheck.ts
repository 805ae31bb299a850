import { InputError } from '../errors.ts';
import { shown, shownShape } from '../files/reading/shown.ts';
import type { Architecture } from './architecture/architecture.ts';
import { expectedTensors } from './architecture/expectedTensors.ts';
import { headName } from './architecture/tensorNames.ts';
import { isBesideText } from './architecture/textPart.ts';
import type { TensorEntry } from './checkpoint.ts';
import { listedNames } from './listed.ts';
import { isWeightDtype } from './safetensors/dtype.ts';

/* Checks that a checkpoint stores exactly the tensors that its `config.json` asks for. */

/** Buffers that old versions of transformers stored and every version computes itself: no part of the model. */
export function isBuffer(name: string): boolean {
  return /(^|\.)rotary_emb\.inv_freq$/.test(name);
}

/**
 * Checks that the stored tensors are those of the architecture, in shape and dtype. A head stored beside tied
 * embeddings is let through: whether it equals them takes reading it.
 *
 * @throws InputError naming the tensor that is missing, surplus, of another shape or no weight
 */
export function checkTensors(
  tensors: ReadonlyMap<string, TensorEntry>,
  architecture: Architecture,
  folder: string,
): void {
  const expected = new Set<string>();
  const missing: string[] = [];
  for (const [name, shape] of expectedTensors(architecture)) {
    expected.add(name);
    const tensor = tensors.get(name);
    if (tensor === undefined) missing.push(name);
    else checkShape(tensor, shape, folder);
  }
  if (missing.length > 0) {
    const hint = hintOf(missing, tensors);
    const noun = missing.length === 1 ? 'the tensor' : `${missing.length} tensors:`;
    throw new InputError(`"${folder}" lacks ${noun} ${listedNames(missing)}; ${hint}.`);
  }
  for (const { name, dtype, shape } of tensors.values()) {
    if (!isWeightDtype(dtype)) {
      throw new InputError(
        `"${folder}": tensor ${shown(name)} has the dtype ${dtype}; weights must be BF16, F16 or F32.`,
      );
    }
    if (expected.has(name) || isBuffer(name)) continue;
    if (architecture.textOf !== undefined && isBesideText(name)) continue;
    if (name === headName) {
      checkShape({ name, shape }, [architecture.vocabSize, architecture.hiddenSize], folder);
      continue;
    }
    throw new InputError(
      `"${folder}": tensor ${shown(name)} has no place in the ${architecture.family} model that config.json describes.`,
    );
  }
}

function hintOf(missing: readonly string[], tensors: ReadonlyMap<string, TensorEntry>): string {
  if (missing.length === 1 && missing[0] === headName) {
    return 'set "tie_word_embeddings" in config.json to true if the head is the embedding matrix';
  }
  const stacked = [...tensors.keys()].find((name) => name.endsWith('.mlp.experts.gate_up_proj'));
  if (stacked !== undefined && missing.some((name) => name.includes('.block_sparse_moe.'))) {
    return `it holds ${shown(stacked)} instead: load it with transformers and save it without save_original_format=False`;
  }
  return 'the download is incomplete, or config.json belongs to another model';
}

/** @throws InputError when a tensor has another shape than the config makes it */
export function checkShape(
  tensor: Pick<TensorEntry, 'name' | 'shape'>,
  shape: readonly number[],
  folder: string,
): void {
  if (tensor.shape.length === shape.length && tensor.shape.every((size, i) => size === shape[i])) return;
  throw new InputError(
    `"${folder}": tensor ${shown(tensor.name)} has the shape ${shownShape(tensor.shape)}, ` +
      `but config.json makes it ${shownShape(shape)}.`,
  );
}
