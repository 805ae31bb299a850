import { join, resolve } from 'node:path';
import { planMerge } from '../../checkpoint/adapter/mergePlan.ts';
import { openAdapter } from '../../checkpoint/adapter/openAdapter.ts';
import type { Architecture } from '../../checkpoint/architecture/architecture.ts';
import { parseConfig } from '../../checkpoint/architecture/config.ts';
import { projectionPlace } from '../../checkpoint/architecture/projectionPlace.ts';
import { locateCheckpoint } from '../../checkpoint/folder/locateCheckpoint.ts';
import { openCheckpoint } from '../../checkpoint/openCheckpoint.ts';
import { dtypeBytes, isWeightDtype, type WeightDtype } from '../../checkpoint/safetensors/dtype.ts';
import { layerWeights } from '../../engine/plan/layerWeights.ts';
import { InputError } from '../../errors.ts';
import { exists } from '../../files/reading/exists.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { isJsonObject, parseStrictJson } from '../../files/reading/strictJson.ts';
import { readTextFile } from '../../files/reading/textFile.ts';

/* What of a checkpoint a plan needs: its sizes. They are in its config.json, so that the weights need not be there. */

/** A checkpoint that may have no weights yet. */
export interface PlannedModel {
  readonly folder: string;
  readonly architecture: Architecture;
  /** Of its matrices. */
  readonly dtype: WeightDtype;
  /** Of all weights; counted by the architecture where they are not there. */
  readonly bytes: number;
  /** Where its tokenizer would be. */
  readonly tokenizerPath: string | undefined;
  readonly notes: readonly string[];
}

/** Names of dtypes in transformers. */
const dtypes: Readonly<Record<string, WeightDtype>> = { bfloat16: 'BF16', float16: 'F16', float32: 'F32' };

/** Whether a folder has a config.json and no weights. */
async function hasConfigAlone(folder: string): Promise<boolean> {
  const weights = ['model.safetensors', 'model.safetensors.index.json', 'adapter_config.json'];
  for (const name of weights) if (await exists(join(folder, name))) return false;
  return exists(join(folder, 'config.json'));
}

/** @throws InputError when it is not one, or its config asks for what is not supported */
async function fromConfig(folder: string): Promise<PlannedModel> {
  const path = join(folder, 'config.json');
  const text = await readTextFile(path, inputKinds.config);
  const architecture = parseConfig(text, path);
  const config = parseStrictJson(text, `"${path}"`);
  const named = isJsonObject(config) ? (config['torch_dtype'] ?? config['dtype']) : undefined;
  const dtype = (typeof named === 'string' ? dtypes[named] : undefined) ?? 'BF16';
  const tokenizer = join(folder, 'tokenizer.json');
  const { layers, vocabSize, hiddenSize, tiedEmbeddings } = architecture;
  const parameters = layers * layerWeights(architecture) + (tiedEmbeddings ? 1 : 2) * vocabSize * hiddenSize;
  return {
    folder,
    architecture,
    dtype,
    bytes: parameters * dtypeBytes[dtype],
    tokenizerPath: (await exists(tokenizer)) ? tokenizer : undefined,
    notes: [`"${folder}" has no weights: it is planned by its config.json, as ${dtype}.`],
  };
}

/**
 * A checkpoint's sizes, with its weights or without.
 *
 * @param base of an adapter
 * @throws InputError when there is neither
 */
export async function plannedModel(given: string, base?: PlannedModel): Promise<PlannedModel> {
  const path = resolve(given);
  if (await hasConfigAlone(path)) return fromConfig(path);
  const { folder, kind, notes } = await locateCheckpoint(given);
  if (kind === 'adapter') {
    if (base === undefined)
      throw new InputError(`"${folder}" is a LoRA adapter: give it as --sft, and its base as --base.`);
    const adapter = await openAdapter(folder);
    if (!(await hasConfigAlone(base.folder))) planMerge(adapter, await openCheckpoint(base.folder));
    const own = adapter.names.has('tokenizer.json') ? join(folder, 'tokenizer.json') : base.tokenizerPath;
    return { ...base, folder, tokenizerPath: own, notes };
  }
  const { architecture, tensors, shards, tokenizerPath } = await openCheckpoint(folder);
  const { dtype } = tensors.get(`${projectionPlace(architecture, 0, 'q_proj').module}.weight`)!;
  if (!isWeightDtype(dtype)) throw new InputError(`"${folder}" holds matrices as ${dtype}, which are no weights.`);
  return {
    folder,
    architecture,
    dtype,
    bytes: shards.reduce((sum, { byteLength }) => sum + byteLength, 0),
    tokenizerPath,
    notes,
  };
}
