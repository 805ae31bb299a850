import { basename, dirname, join } from 'node:path';
import { shellCommand } from '../../files/reading/shellWord.ts';
import { shown } from '../../files/reading/shown.ts';
import type { FolderContents } from './folderContents.ts';
import { type ForeignFormat, firstName } from './foreignFormat.ts';
import { pickleCommand } from './pickleCommand.ts';
import { compareSteps } from './stepName.ts';

/*
 * The formats in which trainers keep a model while they train, by what they leave in a folder. Each command is that of the
 * trainer's own documentation, and writes where the same folder is then found to be a checkpoint, if it can.
 */

const anyShard = /\.distcp$/;
const zeroState =
  /^(bf16_|fp16_)?zero_pp_rank_\d+_mp_rank_\d+_(optim|model)_states\.pt$|^mp_rank_\d+_model_states\.pt$/;
/** Whether these are the files of a DeepSpeed checkpoint's processes. */
export function holdsZeroState(names: Iterable<string>): boolean {
  return firstName(names, zeroState) !== undefined;
}

/** The folder that a placeholder stands for. */
const origin = 'ORIGIN';

function fsdpSharded(contents: FolderContents): string | undefined {
  const { folder, name, names } = contents;
  const merge = (shards: string, out: string) =>
    `"${folder}" holds FSDP shards, not yet one model; accelerate merges them into model.safetensors: ` +
    shellCommand('accelerate', 'merge-weights', shards, out);
  if (/^pytorch_model_fsdp_\d+$/.test(name) && firstName(names, anyShard)) return merge(folder, dirname(folder));
  const shards = firstName(contents.inside.keys(), /^pytorch_model_fsdp_\d+$/);
  return shards === undefined ? undefined : merge(join(folder, shards), folder);
}

function fsdpPickle({ folder, names }: FolderContents): string | undefined {
  const rank = firstName(names, /^pytorch_model_fsdp(_\d+)?_rank\d+\.bin$/);
  if (rank !== undefined) {
    return (
      `"${folder}" holds FSDP's state of each process by itself (${shown(rank)}), which cannot be merged; save once more with ` +
      'fsdp_state_dict_type SHARDED_STATE_DICT or FULL_STATE_DICT.'
    );
  }
  const full = firstName(names, /^pytorch_model_fsdp(_\d+)?\.bin$/);
  if (full === undefined) return undefined;
  const copy = shellCommand('cp', join(folder, full), join(folder, 'pytorch_model.bin'));
  return `"${folder}" holds FSDP's whole model in ${shown(full)}, a pickle; make safetensors of it: ${copy} && ${pickleCommand(folder)}`;
}

/**
 * How `zero_to_fp32.py` gathers a DeepSpeed checkpoint into `model.safetensors` in the same folder: in one file, which goes
 * before any that is there.
 */
export function zeroCommand({ folder, names }: Pick<FolderContents, 'folder' | 'names'>): string {
  const script = names.has('zero_to_fp32.py')
    ? [join(folder, 'zero_to_fp32.py')]
    : ['-m', 'deepspeed.utils.zero_to_fp32'];
  const tags = [...names].filter((name) => /^global_step\d+$/.test(name));
  const tag = names.has('latest') || tags.length === 0 ? [] : ['--tag', tags.sort(compareSteps).at(-1)!];
  const options = ['--safe_serialization', '--max_shard_size', '10000GB'];
  return shellCommand('python', ...script, folder, folder, ...options, ...tag);
}

function deepSpeed(contents: FolderContents): string | undefined {
  const { folder, name, names } = contents;
  const gather = (root: Pick<FolderContents, 'folder' | 'names'>) =>
    `"${folder}" is a DeepSpeed checkpoint whose weights are split over processes; gather them: ${zeroCommand(root)}`;
  if (holdsZeroState(names)) {
    return gather({ folder: dirname(folder), names: new Set([name]) });
  }
  const state = [...contents.inside.values()].some(holdsZeroState);
  return state || names.has('zero_to_fp32.py') ? gather(contents) : undefined;
}

function verl({ folder, names, inside }: FolderContents): string | undefined {
  const shards = firstName(names, /^model_world_size_\d+_rank_\d+\.pt$/) !== undefined;
  const megatron = inside.has('dist_ckpt') && inside.has('huggingface');
  if (!shards && !megatron) return undefined;
  const target = join(folder, 'huggingface');
  const options = ['--backend', shards ? 'fsdp' : 'megatron', '--local_dir', folder, '--target_dir', target];
  return `"${folder}" holds verl's model split over processes; merge it: ${shellCommand('python', '-m', 'verl.model_merger', 'merge', ...options)}`;
}

function nemo({ folder, names, inside }: FolderContents): string | undefined {
  const file = firstName(names, /\.nemo$/);
  if (!(inside.has('context') && inside.has('weights')) && file === undefined) return undefined;
  const path = file === undefined ? folder : join(folder, file);
  const out = `${folder}-hf`;
  return (
    `"${folder}" is a NeMo checkpoint; export it and give "${out}": ` +
    shellCommand('nemo', 'llm', 'export', '-y', `path=${path}`, 'target=hf', `output_path=${out}`)
  );
}

function nemoRl({ folder, names, inside }: FolderContents): string | undefined {
  if (!inside.get('policy')?.has('weights') || !names.has('config.yaml')) return undefined;
  const out = `${folder}-hf`;
  const options = [`--config=${join(folder, 'config.yaml')}`, `--dcp-ckpt-path=${join(folder, 'policy', 'weights')}`];
  const command = shellCommand(
    'uv',
    'run',
    'examples/converters/convert_dcp_to_hf.py',
    ...options,
    `--hf-ckpt-path=${out}`,
  );
  return `"${folder}" is a NeMo RL checkpoint; convert it (in NeMo RL's folder) and give "${out}": ${command}`;
}

function megatron(contents: FolderContents): string | undefined {
  const { folder, names } = contents;
  const out = `${folder}-hf`;
  const shards = firstName(names, anyShard) !== undefined;
  const where = `where ${origin} is the Hugging Face folder that training began from, and give "${out}"`;
  if (names.has('run_config.yaml') && (shards || names.has('common.pt'))) {
    const options = ['--hf-model', origin, '--megatron-path', folder, '--hf-path', out];
    const command = shellCommand('python', 'examples/conversion/convert_checkpoints.py', 'export', ...options);
    return `"${folder}" is a Megatron Bridge checkpoint; convert it (in Megatron Bridge's folder), ${where}: ${command}`;
  }
  if (names.has('common.pt') || (names.has('metadata.json') && shards)) {
    const options = ['--input-dir', folder, '--output-dir', out, '--origin-hf-dir', origin];
    const command = shellCommand('python', 'tools/convert_torch_dist_to_hf.py', ...options);
    return `"${folder}" is a Megatron checkpoint (torch_dist); convert it (in slime's folder, with Megatron-LM on PYTHONPATH), ${where}: ${command}`;
  }
  const ranks = firstName(names, /^mp_rank_\d+(_\d+)*$/);
  if (ranks === undefined) return undefined;
  return `"${folder}" is a Megatron checkpoint in the old format (${shown(ranks)}); convert it with the trainer that wrote it and give the Hugging Face folder.`;
}

function distributed({ folder, names }: FolderContents): string | undefined {
  if (firstName(names, anyShard) === undefined && !names.has('.metadata')) return undefined;
  const out = `${folder}-hf`;
  if (/^step-\d+$/.test(basename(folder))) {
    const options = ['--hf_assets_path', origin, '--model_name', 'NAME', '--model_flavor', 'SIZE'];
    const command = shellCommand('python', 'scripts/checkpoint_conversion/convert_to_hf.py', folder, out, ...options);
    return (
      `"${folder}" is a distributed PyTorch checkpoint, as torchtitan writes it; convert it (in torchtitan's folder), with its model's NAME and SIZE ` +
      `and ${origin} the Hugging Face folder that training began from: ${command}`
    );
  }
  return (
    `"${folder}" is a distributed PyTorch checkpoint (.distcp); merge it into "${out}" and copy config.json and the tokenizer there: ` +
    shellCommand('accelerate', 'merge-weights', folder, out)
  );
}

function torchtune({ folder, names }: FolderContents): string | undefined {
  const hf = firstName(names, /^hf_model_\d+_\d+\.pt$/);
  if (hf !== undefined) {
    const code =
      'import glob, sys, torch; from safetensors.torch import save_file; ' +
      'd = sys.argv[1]; s = {}; ' +
      '[s.update(torch.load(f, map_location="cpu", weights_only=True)) for f in glob.glob(glob.escape(d) + "/hf_model_*.pt")]; ' +
      'save_file({k: v.clone().contiguous() for k, v in s.items()}, d + "/model.safetensors", {"format": "pt"})';
    return `"${folder}" holds torchtune's weights in ${shown(hf)}, a pickle; make safetensors of them: ${shellCommand('python', '-c', code, folder)}`;
  }
  const own = firstName(names, /^(torchtune|meta)_model_\d+\.pt$/);
  if (own === undefined) return undefined;
  return `"${folder}" holds torchtune's weights in a layout of its own (${shown(own)}); save them with the recipe's checkpointer set to torchtune.training.FullModelHFCheckpointer.`;
}

/** By what tells most first. */
export const trainerFormats: readonly ForeignFormat[] = [
  { format: 'FSDP shards (accelerate)', sentence: fsdpSharded },
  { format: 'FSDP pickle (accelerate)', sentence: fsdpPickle },
  { format: 'DeepSpeed', sentence: deepSpeed },
  { format: 'verl', sentence: verl },
  { format: 'NeMo', sentence: nemo },
  { format: 'NeMo RL', sentence: nemoRl },
  { format: 'Megatron', sentence: megatron },
  { format: 'distributed PyTorch', sentence: distributed },
  { format: 'torchtune pickle', sentence: torchtune },
];
