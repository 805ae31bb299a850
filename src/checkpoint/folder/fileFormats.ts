import { shellCommand } from '../../files/reading/shellWord.ts';
import { shown } from '../../files/reading/shown.ts';
import { listedNames } from '../listed.ts';
import { indexName, singleName } from '../shards/weightNames.ts';
import type { FolderContents } from './folderContents.ts';
import { type ForeignFormat, firstName } from './foreignFormat.ts';
import { pickleCommand } from './pickleCommand.ts';

/* Folders whose files tell what they are: pointers, other formats of weights, what is half-written, nothing at all. */

/** Of a trainer: its state, which is not the model's weights. */
const state =
  /^(optimizer|scheduler|scaler|training_args|rng_state|trainer_state|random_states)\b|^rng_state_|^random_states_|_states\.pt$/;

function pointers({ folder, pointers }: FolderContents): string | undefined {
  if (pointers.length === 0) return undefined;
  const what =
    pointers.length === 1
      ? 'is a Git LFS pointer, not the file itself'
      : 'are Git LFS pointers, not the files themselves';
  return `${listedNames(pointers)} in "${folder}" ${what}; fetch the content: ${shellCommand('git', '-C', folder, 'lfs', 'pull')}`;
}

function original({ folder, names }: FolderContents): string | undefined {
  if (!names.has('params.json')) return undefined;
  const out = `${folder}-hf`;
  if (firstName(names, /^consolidated.*\.safetensors$/) !== undefined) {
    const command = shellCommand(
      'python',
      '-m',
      'transformers.models.mistral.convert_mistral_weights_to_hf',
      folder,
      out,
    );
    return `"${folder}" holds weights in Mistral's own layout; convert them (with transformers 4) and give "${out}": ${command}`;
  }
  if (firstName(names, /^consolidated.*\.pth$/) === undefined) return undefined;
  const options = ['--input_dir', folder, '--model_size', 'SIZE', '--llama_version', 'VERSION', '--output_dir', out];
  const command = shellCommand('python', '-m', 'transformers.models.llama.convert_llama_weights_to_hf', ...options);
  return `"${folder}" holds weights in Meta's own layout; convert them (with transformers 4; SIZE such as 8B, VERSION such as 3.1) and give "${out}": ${command}`;
}

function gguf({ folder, names }: FolderContents): string | undefined {
  const file = firstName(names, /\.gguf$/i);
  if (file === undefined) return undefined;
  return `"${folder}" holds ${shown(file)} in GGUF format, which is not supported; use the Hugging Face checkpoint it was made from.`;
}

function quantised({ folder, names }: FolderContents): string | undefined {
  const file = firstName(names, /^(gptq_model.*\.safetensors|quantize_config\.json|quant_config\.json)$/);
  if (file === undefined) return undefined;
  return `"${folder}" holds quantised weights (${shown(file)}); use the checkpoint in BF16, F16 or F32 that they were made from.`;
}

function otherWeights({ folder, names }: FolderContents): string | undefined {
  const weights = [...names]
    .filter((name) => /\.safetensors$/.test(name) && !/^(adapter_|optimizer|scheduler)/.test(name))
    .sort();
  if (weights.length === 0) return undefined;
  const code =
    'import glob, json, os, sys; from safetensors import safe_open; d = sys.argv[1]; ' +
    'm = {k: os.path.basename(f) for f in glob.glob(glob.escape(d) + "/*.safetensors") for k in safe_open(f, "pt").keys()}; ' +
    'json.dump({"metadata": {}, "weight_map": m}, open(d + "/model.safetensors.index.json", "w"))';
  return (
    `"${folder}" holds ${listedNames(weights)} but neither "${singleName}" nor "${indexName}", by which a checkpoint's weights are found; ` +
    `if they are all of it, write the index: ${shellCommand('python', '-c', code, folder)}`
  );
}

function pickle({ folder, names }: FolderContents): string | undefined {
  const file = firstName(names, /^pytorch_model.*\.bin(\.index\.json)?$/);
  if (file === undefined) return undefined;
  return `"${folder}" holds its weights in ${shown(file)}, a pickle, which can run code when it is read; if you trust it, make safetensors of it: ${pickleCommand(folder)}`;
}

function otherFramework({ folder, names }: FolderContents): string | undefined {
  const file = firstName(names, /^(flax_model.*\.msgpack|tf_model.*\.h5)$/);
  if (file === undefined) return undefined;
  return `"${folder}" holds weights for ${file.startsWith('tf') ? 'TensorFlow' : 'Flax'} (${shown(file)}); use the model's PyTorch checkpoint in safetensors.`;
}

function unfinished({ folder, names }: FolderContents): string | undefined {
  const file = firstName(
    names,
    /\.safetensors\.(tmp|part|incomplete)$|^tmp.*\.safetensors$|\.safetensors\..*(tmp|incomplete)/,
  );
  if (file === undefined) return undefined;
  return `"${folder}" is half-written: it holds ${shown(file)} but no finished weights; wait until it is saved, or give an earlier step.`;
}

function otherPickle({ folder, names }: FolderContents): string | undefined {
  const file = firstName(
    [...names].filter((name) => !state.test(name)),
    /\.(bin|pt|pth|ckpt)(\.index\.json)?$/,
  );
  if (file === undefined) return undefined;
  return `"${folder}" holds its weights in ${shown(file)}, a pickle, which can run code when it is read; save the model with save_pretrained, in the program that wrote it, and give that folder.`;
}

function stateOnly({ folder, names }: FolderContents): string | undefined {
  const file = firstName(
    names,
    /^(trainer_state\.json|optimizer\.(pt|bin)|scheduler\.pt|rng_state.*\.pth|random_states.*\.pkl|optimizer_\d+)$/,
  );
  if (file === undefined) return undefined;
  return `"${folder}" is a half-written step: it holds a trainer's state (${shown(file)}) but no weights; give another step.`;
}

function nothing({ folder }: FolderContents): string {
  return `"${folder}" holds no weights: neither "${singleName}" nor "${indexName}" is there.`;
}

export const pointerFormat: ForeignFormat = { format: 'Git LFS pointers', sentence: pointers };

/** By what tells most first; the last fits every folder. */
export const fileFormats: readonly ForeignFormat[] = [
  { format: "Mistral's or Meta's own layout", sentence: original },
  { format: 'GGUF', sentence: gguf },
  { format: 'quantised weights', sentence: quantised },
  { format: 'pickle', sentence: pickle },
  { format: 'weights without an index', sentence: otherWeights },
  { format: 'Flax or TensorFlow', sentence: otherFramework },
  { format: 'half-written', sentence: unfinished },
  { format: 'other pickle', sentence: otherPickle },
  { format: "a trainer's state alone", sentence: stateOnly },
  { format: 'no weights', sentence: nothing },
];
