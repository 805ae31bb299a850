import type { Tensors } from '../tinyCheckpoint.ts';
import { checkpoint } from './checkpointRow.ts';
import type { BadInput } from './row.ts';

const q = 'model.layers.0.self_attn.q_proj.weight';

const set = (name: string, dtype: 'BF16' | 'I32' | 'F64', shape: readonly number[]) => (tensors: Tensors) =>
  tensors.set(name, { dtype, shape });

/** Checkpoints whose tensors are not those that config.json describes. */
export const badTensors: readonly BadInput[] = [
  checkpoint(
    'a tensor that is missing',
    { tensors: (tensors) => tensors.delete(q) },
    '"DIR" lacks the tensor "model.layers.0.self_attn.q_proj.weight"; the download is incomplete, or config.json belongs to another model.',
  ),
  checkpoint(
    'a head that is missing',
    { tensors: (tensors) => tensors.delete('lm_head.weight') },
    '"DIR" lacks the tensor "lm_head.weight"; set "tie_word_embeddings" in config.json to true if the head is the embedding matrix.',
  ),
  checkpoint(
    'many tensors that are missing',
    { tensors: (tensors) => tensors.clear() },
    '"DIR" lacks 12 tensors: "model.embed_tokens.weight", "model.layers.0.input_layernorm.weight", "model.layers.0.self_attn.q_proj.weight" and 9 more; the download is incomplete, or config.json belongs to another model.',
  ),
  checkpoint(
    'experts as transformers 5 holds those of a Mixtral',
    {
      config: { model_type: 'mixtral', num_local_experts: 2, num_experts_per_tok: 1 },
      tensors: (tensors) => {
        for (const name of [...tensors.keys()]) if (name.includes('.block_sparse_moe.')) tensors.delete(name);
        tensors.set('model.layers.0.mlp.experts.gate_up_proj', { dtype: 'BF16', shape: [2, 12, 4] });
      },
    },
    '"DIR" lacks 7 tensors: "model.layers.0.block_sparse_moe.experts.0.w1.weight", "model.layers.0.block_sparse_moe.experts.1.w1.weight", "model.layers.0.block_sparse_moe.experts.0.w3.weight" and 4 more; it holds "model.layers.0.mlp.experts.gate_up_proj" instead: load it with transformers and save it without save_original_format=False.',
  ),
  checkpoint(
    'a shape that contradicts config.json',
    { tensors: set(q, 'BF16', [2, 2]) },
    '"DIR": tensor "model.layers.0.self_attn.q_proj.weight" has the shape [2, 2], but config.json makes it [4, 4].',
  ),
  checkpoint(
    'a vocabulary that contradicts config.json',
    { tensors: set('model.embed_tokens.weight', 'BF16', [9, 4]) },
    '"DIR": tensor "model.embed_tokens.weight" has the shape [9, 4], but config.json makes it [8, 4].',
  ),
  checkpoint(
    'a norm of another rank',
    { tensors: set('model.norm.weight', 'BF16', [4, 1]) },
    '"DIR": tensor "model.norm.weight" has the shape [4, 1], but config.json makes it [4].',
  ),
  checkpoint(
    'a bias that config.json does not announce',
    { tensors: set('model.layers.0.self_attn.q_proj.bias', 'BF16', [4]) },
    '"DIR": tensor "model.layers.0.self_attn.q_proj.bias" has no place in the llama model that config.json describes.',
  ),
  checkpoint(
    'a q_norm in a Llama',
    { tensors: set('model.layers.0.self_attn.q_norm.weight', 'BF16', [2]) },
    '"DIR": tensor "model.layers.0.self_attn.q_norm.weight" has no place in the llama model that config.json describes.',
  ),
  checkpoint(
    'an adapter weight among the tensors',
    { tensors: set('model.layers.0.self_attn.q_proj.lora_A.weight', 'BF16', [1, 4]) },
    '"DIR": tensor "model.layers.0.self_attn.q_proj.lora_A.weight" has no place in the llama model that config.json describes.',
  ),
  checkpoint(
    'a layer too many',
    { tensors: set('model.layers.1.input_layernorm.weight', 'BF16', [4]) },
    '"DIR": tensor "model.layers.1.input_layernorm.weight" has no place in the llama model that config.json describes.',
  ),
  checkpoint(
    'a weight of integers',
    { tensors: set(q, 'I32', [4, 4]) },
    '"DIR": tensor "model.layers.0.self_attn.q_proj.weight" has the dtype I32; weights must be BF16, F16 or F32.',
  ),
  checkpoint(
    'a weight in float64',
    { tensors: set(q, 'F64', [4, 4]) },
    '"DIR": tensor "model.layers.0.self_attn.q_proj.weight" has the dtype F64; weights must be BF16, F16 or F32.',
  ),
  checkpoint(
    'a stored head that differs from the embeddings it is tied to',
    {
      config: { tie_word_embeddings: true },
      tensors: set('lm_head.weight', 'BF16', [8, 4]),
      fill: { 'lm_head.weight': 1 },
    },
    '"DIR" contradicts itself: config.json ties the head to the embeddings, but "lm_head.weight" differs from "model.embed_tokens.weight"; set "tie_word_embeddings" to false if the stored head is the model\'s.',
  ),
  checkpoint(
    'a stored head of another shape than the embeddings it is tied to',
    { config: { tie_word_embeddings: true }, tensors: set('lm_head.weight', 'BF16', [4, 8]) },
    '"DIR": tensor "lm_head.weight" has the shape [4, 8], but config.json makes it [8, 4].',
  ),
];
