import type { MadeFiles } from './makeFolder.ts';

/* Folders as trainers and tools leave them, each with what is said about it. */

/** A folder that is no checkpoint. */
export interface FolderRow {
  readonly what: string;
  readonly files: MadeFiles;
  /** Given instead of the folder: a folder inside it. */
  readonly given?: string;
  readonly format: string;
  /** `DIR` stands for the folder. */
  readonly sentence: string;
}

const config = ['config.json', 'tokenizer.json', 'generation_config.json'];
const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 4976698672\n';
const gather = '--safe_serialization --max_shard_size 10000GB';

export const foreignFolders: readonly FolderRow[] = [
  {
    what: 'an FSDP step of the Trainer or accelerate',
    files: [
      ...config,
      'pytorch_model_fsdp_0/__0_0.distcp',
      'pytorch_model_fsdp_0/.metadata',
      'optimizer_0/__0_0.distcp',
      'rng_state_0.pth',
      'scheduler.pt',
      'trainer_state.json',
    ],
    format: 'FSDP shards (accelerate)',
    sentence:
      '"DIR" holds FSDP shards, not yet one model; accelerate merges them into model.safetensors: accelerate merge-weights DIR/pytorch_model_fsdp_0 DIR',
  },
  {
    what: "the FSDP shards' own folder",
    files: [...config, 'pytorch_model_fsdp_0/__0_0.distcp', 'pytorch_model_fsdp_0/.metadata'],
    given: 'pytorch_model_fsdp_0',
    format: 'FSDP shards (accelerate)',
    sentence:
      '"DIR/pytorch_model_fsdp_0" holds FSDP shards, not yet one model; accelerate merges them into model.safetensors: accelerate merge-weights DIR/pytorch_model_fsdp_0 DIR',
  },
  {
    what: "FSDP's whole model as a pickle",
    files: [...config, 'pytorch_model_fsdp.bin', 'optimizer.bin', 'trainer_state.json'],
    format: 'FSDP pickle (accelerate)',
    sentence:
      '"DIR" holds FSDP\'s whole model in "pytorch_model_fsdp.bin", a pickle; make safetensors of it: cp DIR/pytorch_model_fsdp.bin DIR/pytorch_model.bin && ' +
      "python -c 'import sys; from transformers import AutoModelForCausalLM as M; " +
      'M.from_pretrained(sys.argv[1], torch_dtype="auto").save_pretrained(sys.argv[1])\' DIR',
  },
  {
    what: "FSDP's local state",
    files: [...config, 'pytorch_model_fsdp_rank0.bin', 'pytorch_model_fsdp_rank1.bin'],
    format: 'FSDP pickle (accelerate)',
    sentence:
      '"DIR" holds FSDP\'s state of each process by itself ("pytorch_model_fsdp_rank0.bin"), which cannot be merged; save once more with fsdp_state_dict_type SHARDED_STATE_DICT or FULL_STATE_DICT.',
  },
  {
    what: 'a DeepSpeed step',
    files: [
      ...config,
      'global_step120/bf16_zero_pp_rank_0_mp_rank_00_optim_states.pt',
      'global_step120/zero_pp_rank_0_mp_rank_00_model_states.pt',
      'latest',
      'zero_to_fp32.py',
      'trainer_state.json',
      'rng_state_0.pth',
    ],
    format: 'DeepSpeed',
    sentence: `"DIR" is a DeepSpeed checkpoint whose weights are split over processes; gather them: python DIR/zero_to_fp32.py DIR DIR ${gather}`,
  },
  {
    what: 'a DeepSpeed step without its script and tag',
    files: [...config, 'global_step120/mp_rank_00_model_states.pt'],
    format: 'DeepSpeed',
    sentence: `"DIR" is a DeepSpeed checkpoint whose weights are split over processes; gather them: python -m deepspeed.utils.zero_to_fp32 DIR DIR ${gather} --tag global_step120`,
  },
  {
    what: "DeepSpeed's state by itself",
    files: ['global_step120/mp_rank_00_model_states.pt', 'global_step120/zero_pp_rank_0_mp_rank_00_optim_states.pt'],
    given: 'global_step120',
    format: 'DeepSpeed',
    sentence: `"DIR/global_step120" is a DeepSpeed checkpoint whose weights are split over processes; gather them: python -m deepspeed.utils.zero_to_fp32 DIR DIR ${gather} --tag global_step120`,
  },
  {
    what: 'a verl actor',
    files: [
      'fsdp_config.json',
      'model_world_size_2_rank_0.pt',
      'model_world_size_2_rank_1.pt',
      'optim_world_size_2_rank_0.pt',
      'huggingface/config.json',
      'huggingface/tokenizer.json',
    ],
    format: 'verl',
    sentence:
      '"DIR" holds verl\'s model split over processes; merge it: python -m verl.model_merger merge --backend fsdp --local_dir DIR --target_dir DIR/huggingface',
  },
  {
    what: 'a step of verl',
    files: [
      'actor/model_world_size_1_rank_0.pt',
      'actor/huggingface/config.json',
      'critic/model_world_size_1_rank_0.pt',
      'data.pt',
    ],
    format: 'verl',
    sentence:
      '"DIR/actor" holds verl\'s model split over processes; merge it: python -m verl.model_merger merge --backend fsdp --local_dir DIR/actor --target_dir DIR/actor/huggingface',
  },
  {
    what: 'a verl actor trained with Megatron',
    files: ['dist_ckpt/__0_0.distcp', 'dist_ckpt/common.pt', 'huggingface/config.json', 'transformer_config.json'],
    format: 'verl',
    sentence:
      '"DIR" holds verl\'s model split over processes; merge it: python -m verl.model_merger merge --backend megatron --local_dir DIR --target_dir DIR/huggingface',
  },
  {
    what: 'a step of slime',
    files: ['.metadata', '__0_0.distcp', '__0_1.distcp', 'common.pt', 'metadata.json'],
    format: 'Megatron',
    sentence:
      '"DIR" is a Megatron checkpoint (torch_dist); convert it (in slime\'s folder, with Megatron-LM on PYTHONPATH), where ORIGIN is the Hugging Face folder that training began from, and give "DIR-hf": ' +
      'python tools/convert_torch_dist_to_hf.py --input-dir DIR --output-dir DIR-hf --origin-hf-dir ORIGIN',
  },
  {
    what: 'a step of Megatron Bridge',
    files: ['.metadata', '__0_0.distcp', 'common.pt', 'metadata.json', 'run_config.yaml', 'train_state.pt'],
    format: 'Megatron',
    sentence:
      '"DIR" is a Megatron Bridge checkpoint; convert it (in Megatron Bridge\'s folder), where ORIGIN is the Hugging Face folder that training began from, and give "DIR-hf": ' +
      'python examples/conversion/convert_checkpoints.py export --hf-model ORIGIN --megatron-path DIR --hf-path DIR-hf',
  },
  {
    what: 'a step of old Megatron-LM',
    files: ['mp_rank_00/model_optim_rng.pt', 'mp_rank_01/model_optim_rng.pt'],
    format: 'Megatron',
    sentence:
      '"DIR" is a Megatron checkpoint in the old format ("mp_rank_00"); convert it with the trainer that wrote it and give the Hugging Face folder.',
  },
  {
    what: 'a NeMo 2 checkpoint',
    files: ['context/model.yaml', 'context/io.json', 'weights/__0_0.distcp', 'weights/common.pt'],
    format: 'NeMo',
    sentence:
      '"DIR" is a NeMo checkpoint; export it and give "DIR-hf": nemo llm export -y path=DIR target=hf output_path=DIR-hf',
  },
  {
    what: 'a .nemo file',
    files: ['llama.nemo'],
    format: 'NeMo',
    sentence:
      '"DIR" is a NeMo checkpoint; export it and give "DIR-hf": nemo llm export -y path=DIR/llama.nemo target=hf output_path=DIR-hf',
  },
  {
    what: 'a step of NeMo RL',
    files: ['config.yaml', 'training_info.json', 'policy/weights/__0_0.distcp', 'policy/optimizer/__0_0.distcp'],
    format: 'NeMo RL',
    sentence:
      '"DIR" is a NeMo RL checkpoint; convert it (in NeMo RL\'s folder) and give "DIR-hf": ' +
      'uv run examples/converters/convert_dcp_to_hf.py --config=DIR/config.yaml --dcp-ckpt-path=DIR/policy/weights --hf-ckpt-path=DIR-hf',
  },
  {
    what: 'a distributed PyTorch checkpoint',
    files: ['.metadata', '__0_0.distcp', '__1_0.distcp'],
    format: 'distributed PyTorch',
    sentence:
      '"DIR" is a distributed PyTorch checkpoint (.distcp); merge it into "DIR-hf" and copy config.json and the tokenizer there: accelerate merge-weights DIR DIR-hf',
  },
  {
    what: 'a step of torchtitan',
    files: ['step-1000/.metadata', 'step-1000/__0_0.distcp'],
    given: 'step-1000',
    format: 'distributed PyTorch',
    sentence:
      '"DIR/step-1000" is a distributed PyTorch checkpoint, as torchtitan writes it; convert it (in torchtitan\'s folder), with its model\'s NAME and SIZE and ORIGIN the Hugging Face folder that training began from: ' +
      'python scripts/checkpoint_conversion/convert_to_hf.py DIR/step-1000 DIR/step-1000-hf --hf_assets_path ORIGIN --model_name NAME --model_flavor SIZE',
  },
  {
    what: "torchtune's pickles with Hugging Face names",
    files: [...config, 'hf_model_0001_0.pt', 'hf_model_0002_0.pt', 'recipe_state.pt'],
    format: 'torchtune pickle',
    sentence:
      '"DIR" holds torchtune\'s weights in "hf_model_0001_0.pt", a pickle; make safetensors of them: ' +
      "python -c 'import glob, sys, torch; from safetensors.torch import save_file; d = sys.argv[1]; s = {}; " +
      '[s.update(torch.load(f, map_location="cpu", weights_only=True)) for f in glob.glob(glob.escape(d) + "/hf_model_*.pt")]; ' +
      'save_file({k: v.clone().contiguous() for k, v in s.items()}, d + "/model.safetensors", {"format": "pt"})\' DIR',
  },
  {
    what: "torchtune's own layout",
    files: [...config, 'torchtune_model_0.pt'],
    format: 'torchtune pickle',
    sentence:
      '"DIR" holds torchtune\'s weights in a layout of its own ("torchtune_model_0.pt"); save them with the recipe\'s checkpointer set to torchtune.training.FullModelHFCheckpointer.',
  },
  {
    what: "Meta's layout",
    files: ['consolidated.00.pth', 'consolidated.01.pth', 'params.json', 'tokenizer.model'],
    format: "Mistral's or Meta's own layout",
    sentence:
      '"DIR" holds weights in Meta\'s own layout; convert them (with transformers 4; SIZE such as 8B, VERSION such as 3.1) and give "DIR-hf": ' +
      'python -m transformers.models.llama.convert_llama_weights_to_hf --input_dir DIR --model_size SIZE --llama_version VERSION --output_dir DIR-hf',
  },
  {
    what: "Mistral's layout",
    files: ['consolidated.safetensors', 'params.json', 'tokenizer.model.v3'],
    format: "Mistral's or Meta's own layout",
    sentence:
      '"DIR" holds weights in Mistral\'s own layout; convert them (with transformers 4) and give "DIR-hf": ' +
      'python -m transformers.models.mistral.convert_mistral_weights_to_hf DIR DIR-hf',
  },
  {
    what: 'AutoGPTQ',
    files: [...config, 'gptq_model-4bit-128g.safetensors', 'quantize_config.json'],
    format: 'quantised weights',
    sentence:
      '"DIR" holds quantised weights ("gptq_model-4bit-128g.safetensors"); use the checkpoint in BF16, F16 or F32 that they were made from.',
  },
  {
    what: 'GGUF',
    files: ['qwen3-Q4_K_M.gguf'],
    format: 'GGUF',
    sentence:
      '"DIR" holds "qwen3-Q4_K_M.gguf" in GGUF format, which is not supported; use the Hugging Face checkpoint it was made from.',
  },
  {
    what: 'TensorFlow and Flax',
    files: [...config, 'flax_model.msgpack', 'tf_model.h5'],
    format: 'Flax or TensorFlow',
    sentence:
      '"DIR" holds weights for Flax ("flax_model.msgpack"); use the model\'s PyTorch checkpoint in safetensors.',
  },
  {
    what: 'Git LFS pointers in place of every file',
    files: {
      'config.json': pointer,
      'tokenizer.json': pointer,
      'model-00001-of-00002.safetensors': pointer,
      'model-00002-of-00002.safetensors': pointer,
      'model.safetensors.index.json': '{}',
    },
    format: 'Git LFS pointers',
    sentence:
      '"config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors" and 1 more in "DIR" are Git LFS pointers, not the files themselves; fetch the content: git -C DIR lfs pull',
  },
  {
    what: 'a tokenizer that is a Git LFS pointer',
    files: { 'config.json': '{}', 'tokenizer.json': pointer, 'model.safetensors': 'x'.repeat(2000) },
    format: 'Git LFS pointers',
    sentence:
      '"tokenizer.json" in "DIR" is a Git LFS pointer, not the file itself; fetch the content: git -C DIR lfs pull',
  },
  {
    what: 'weights that are being written',
    files: [...config, 'model.safetensors.tmp'],
    format: 'half-written',
    sentence:
      '"DIR" is half-written: it holds "model.safetensors.tmp" but no finished weights; wait until it is saved, or give an earlier step.',
  },
  {
    what: "a trainer's state without weights",
    files: [...config, 'optimizer.pt', 'rng_state.pth', 'scheduler.pt', 'trainer_state.json', 'training_args.bin'],
    format: "a trainer's state alone",
    sentence:
      '"DIR" is a half-written step: it holds a trainer\'s state ("optimizer.pt") but no weights; give another step.',
  },
];
