import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputError } from '../../errors.ts';
import { errorCode, readFault } from '../../files/reading/fileFault.ts';
import { type InputKind, inputKinds } from '../../files/reading/inputKind.ts';
import { identifyInput } from '../../files/reading/openInput.ts';
import { shown, shownShape } from '../../files/reading/shown.ts';
import { readTextFile } from '../../files/reading/textFile.ts';
import type { CheckpointFile } from '../checkpoint.ts';
import { folderContents } from '../folder/folderContents.ts';
import { folderKind } from '../folder/folderKind.ts';
import { isWeightDtype } from '../safetensors/dtype.ts';
import { readSafetensorsHeader } from '../safetensors/safetensorsFile.ts';
import { modelLimits } from '../safetensors/safetensorsHeader.ts';
import { wrapperPrefix } from '../wrapperPrefix.ts';
import { type Adapter, type AdapterTensor, adapterConfigName, adapterWeightsName } from './adapter.ts';
import { parseAdapterConfig } from './adapterConfig.ts';
import { adapterKey } from './adapterKeys.ts';

/* Opens the folder of a LoRA adapter and checks what can be told without its base. */

async function namesOf(folder: string): Promise<ReadonlySet<string>> {
  try {
    return (await stat(folder)).isDirectory() ? new Set(await readdir(folder)) : new Set();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return new Set();
    throw readFault(error, folder);
  }
}

/**
 * Whether a folder itself holds an adapter. One that holds a whole checkpoint too is a checkpoint.
 *
 * @throws InputError when it is not there or cannot be read
 */
export async function isAdapterFolder(path: string): Promise<boolean> {
  return folderKind(await folderContents(path)).kind === 'adapter';
}

/** @throws InputError saying what is there instead of the weights */
function checkWeights(names: ReadonlySet<string>, folder: string): void {
  if (names.has(adapterWeightsName)) return;
  if (names.has('adapter_model.bin')) {
    throw new InputError(
      `"${folder}" holds the adapter in "adapter_model.bin", a pickle, which can run code when it is read; convert it first: ` +
        "in that folder run python -c \"import torch, safetensors.torch as s; s.save_file(torch.load('adapter_model.bin', " +
        "map_location='cpu', weights_only=True), 'adapter_model.safetensors')\".",
    );
  }
  throw new InputError(
    `"${folder}" holds ${adapterConfigName} but no ${adapterWeightsName}: the adapter was not saved completely.`,
  );
}

function checkedTensor(tensor: AdapterTensor, path: string): AdapterTensor {
  const { name, part, shape } = tensor;
  const axes = part === 'lora_B bias' || tensor.of === 'bias' ? 1 : undefined;
  if (shape.some((size) => size === 0) || (part.startsWith('lora_') && axes === undefined && shape.length === 1)) {
    throw new InputError(
      `"${path}": tensor ${shown(name)} has the shape ${shownShape(shape)}: it was saved without being gathered ` +
        '(DeepSpeed ZeRO-3, FSDP). Save the adapter again from the gathered model.',
    );
  }
  const wanted = axes ?? (['whole', 'base', 'wrapped'].includes(part) ? undefined : 2);
  if (wanted !== undefined && shape.length !== wanted) {
    throw new InputError(
      `"${path}": tensor ${shown(name)} has the shape ${shownShape(shape)}, which must have ${wanted === 1 ? 'one axis' : 'two axes'}.`,
    );
  }
  return tensor;
}

/**
 * Opens the folder that peft saved an adapter into; its weights stay on the disk.
 *
 * @throws InputError naming the file, field or tensor that is missing, damaged or not supported
 */
export async function openAdapter(path: string): Promise<Adapter> {
  const folder = resolve(path);
  const names = await namesOf(folder);
  const configPath = join(folder, adapterConfigName);
  const identify = async (name: string, kind: InputKind): Promise<CheckpointFile> => {
    const file = join(folder, name);
    return { name, path: file, identity: await identifyInput(file, kind) };
  };
  // Each before anything of it is read: whoever finds the same ones later knows that they were read in between.
  const files = [await identify(adapterConfigName, inputKinds.config)];
  // What kind it is comes before what it lacks: one of another kind has other files.
  const config = parseAdapterConfig(await readTextFile(configPath, inputKinds.config), configPath);
  checkWeights(names, folder);
  if (names.has('tokenizer.json')) files.push(await identify('tokenizer.json', inputKinds.tokenizer));
  if (names.has('tokenizer_config.json')) {
    files.push(await identify('tokenizer_config.json', inputKinds.tokenizerConfig));
  }
  const weightsPath = join(folder, adapterWeightsName);
  const header = await readSafetensorsHeader(weightsPath, modelLimits);
  const weights: CheckpointFile = { name: adapterWeightsName, path: weightsPath, identity: header.identity };
  const prefix = wrapperPrefix(header.tensors.map(({ name }) => name));
  const tensors = header.tensors.map(({ name, dtype, shape, begin, end }): AdapterTensor => {
    if (!isWeightDtype(dtype)) {
      throw new InputError(
        `"${weights.path}": tensor ${shown(name)} has the dtype ${dtype}; an adapter's must be BF16, F16 or F32.`,
      );
    }
    const place = { dtype, shape, begin: header.dataStart + begin, byteLength: end - begin };
    return checkedTensor({ ...adapterKey(name, prefix, weights.path), ...place }, weights.path);
  });
  const adapters = new Set(tensors.flatMap(({ adapter }) => adapter ?? []));
  if (adapters.size > 1) {
    const [one, other] = adapters;
    throw new InputError(
      `"${weights.path}" holds several adapters, ${shown(one)} and ${shown(other)}: save one alone.`,
    );
  }
  return { folder, names, config, configPath, weights, tensors, files: [weights, ...files] };
}
