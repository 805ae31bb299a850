import { closeSync, copyFileSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { encodeSafetensorsHeader } from '../src/checkpoint/safetensors/safetensorsWriter.ts';

/** Shape of a generated Qwen3-like checkpoint. */
export interface GeneratedShape {
  readonly layers: number;
  readonly hidden: number;
  readonly intermediate: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
  readonly vocab: number;
  /** Whether the head has weights of its own, as in Qwen3's larger models; tied to the embeddings unless said. */
  readonly ownHead?: boolean;
}

/** Deterministic 32-bit generator (xorshift), so that every run makes the same files. */
export function generator(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** A number of about normal distribution from three uniform ones; good enough for weights. */
const bell = (random: () => number) => (random() + random() + random() - 1.5) * 2;

/** Weights drawn before they repeat: a prime, so that no two rows of a matrix are equal, as neurons would then be. */
const poolSize = 1_048_573;

/**
 * Writes a bf16 checkpoint of random weights, tied head, in one file, streamed; the tokenizer is the sample's.
 * @param perturbation scale of what is added to the weights of `seed`, from a seed of its own: the "SFT" of a pair
 * @param repeating draws the first million weights of each width only and repeats them: for files of gigabytes
 * @param headScale mean of the final norm's weights. At 1 the logits of a large vocabulary average out: all entropies lie within
 *   0.03 nats (152 k tokens), and float32's last bits decide between targets. From 5 on few tokens decide, as in a trained model
 */
export function generateCheckpoint(
  folder: string,
  shape: GeneratedShape,
  seed: number,
  perturbation = 0,
  repeating = false,
  headScale = 1,
): void {
  const { layers, hidden, intermediate, heads, keyValueHeads, headDim, vocab } = shape;
  const tensors: { name: string; dtype: 'BF16'; shape: number[] }[] = [];
  const add = (name: string, ...dims: number[]) => tensors.push({ name, dtype: 'BF16', shape: dims });
  add('model.embed_tokens.weight', vocab, hidden);
  for (let layer = 0; layer < layers; layer++) {
    const prefix = `model.layers.${layer}`;
    add(`${prefix}.input_layernorm.weight`, hidden);
    add(`${prefix}.self_attn.q_proj.weight`, heads * headDim, hidden);
    add(`${prefix}.self_attn.k_proj.weight`, keyValueHeads * headDim, hidden);
    add(`${prefix}.self_attn.v_proj.weight`, keyValueHeads * headDim, hidden);
    add(`${prefix}.self_attn.o_proj.weight`, hidden, heads * headDim);
    add(`${prefix}.self_attn.q_norm.weight`, headDim);
    add(`${prefix}.self_attn.k_norm.weight`, headDim);
    add(`${prefix}.post_attention_layernorm.weight`, hidden);
    add(`${prefix}.mlp.gate_proj.weight`, intermediate, hidden);
    add(`${prefix}.mlp.up_proj.weight`, intermediate, hidden);
    add(`${prefix}.mlp.down_proj.weight`, hidden, intermediate);
  }
  add('model.norm.weight', hidden);
  if (shape.ownHead === true) add('lm_head.weight', vocab, hidden);
  mkdirSync(folder, { recursive: true });
  const header = encodeSafetensorsHeader(tensors, new Map([['format', 'pt']]));
  const file = openSync(join(folder, 'model.safetensors'), 'w');
  try {
    writeSync(file, header.bytes);
    const random = generator(seed);
    const noise = generator(seed + 7919);
    const pools = new Map<string, { values: Uint16Array; drawn: number; at: number }>();
    const float = new Float32Array(1);
    const bits = new Uint32Array(float.buffer);
    for (const { name, shape: dims } of tensors) {
      const norm = dims.length === 1;
      const deviation = norm ? 0.1 : (dims[1] ?? 1) ** -0.5;
      const mean = name === 'model.norm.weight' ? headScale : norm ? 1 : 0;
      let left = dims.reduce((product, dim) => product * dim, 1);
      const kind = `${mean} ${deviation}`;
      const pool = pools.get(kind) ?? { values: new Uint16Array(poolSize), drawn: 0, at: 0 };
      pools.set(kind, pool);
      while (left > 0) {
        if (pool.at === poolSize) pool.at = 0;
        if (!repeating && pool.at === 0) pool.drawn = 0;
        const count = Math.min(left, poolSize - pool.at);
        for (; pool.drawn < pool.at + count; pool.drawn++) {
          float[0] = mean + deviation * (bell(random) + (perturbation === 0 ? 0 : perturbation * bell(noise)));
          pool.values[pool.drawn] = (bits[0]! + 0x7fff + ((bits[0]! >>> 16) & 1)) >>> 16;
        }
        writeSync(file, new Uint8Array(pool.values.buffer, pool.at * 2, count * 2));
        pool.at += count;
        left -= count;
      }
    }
  } finally {
    closeSync(file);
  }
  const sample = join(import.meta.dirname, '..', 'media', 'sample', 'base');
  copyFileSync(join(sample, 'tokenizer.json'), join(folder, 'tokenizer.json'));
  const config = {
    architectures: ['Qwen3ForCausalLM'],
    model_type: 'qwen3',
    hidden_act: 'silu',
    hidden_size: hidden,
    intermediate_size: intermediate,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: keyValueHeads,
    head_dim: headDim,
    vocab_size: vocab,
    max_position_embeddings: 4096,
    rms_norm_eps: 1e-6,
    rope_theta: 1000000,
    attention_bias: false,
    tie_word_embeddings: shape.ownHead !== true,
    use_sliding_window: false,
    dtype: 'bfloat16',
  };
  writeFileSync(join(folder, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
}
