import type { Architecture } from '../../checkpoint/architecture/architecture.ts';
import { commandLines } from '../../files/reading/shellWord.ts';

/*
 * slime trains with Megatron, which does not read config.json: the model is described by arguments, and its weights are converted
 * first. Names are from slime's usage guide and its scripts/models (see trainers.ts).
 */

/** Megatron's arguments for a model, each with its value. */
export function megatronArguments(architecture: Architecture): string[][] {
  const { biases, headDim, heads, hiddenSize, intermediateSize, keyValueHeads } = architecture;
  return [
    ['--num-layers', `${architecture.layers}`],
    ['--hidden-size', `${hiddenSize}`],
    ['--ffn-hidden-size', `${intermediateSize}`],
    ['--swiglu'],
    ['--vocab-size', `${architecture.vocabSize}`],
    ['--disable-bias-linear'],
    ...(biases.q_proj ? [['--add-qkv-bias']] : []),
    ['--num-attention-heads', `${heads}`],
    ...(keyValueHeads === heads ? [] : [['--group-query-attention'], ['--num-query-groups', `${keyValueHeads}`]]),
    ['--kv-channels', `${headDim}`],
    ...(architecture.queryKeyNorm ? [['--qk-layernorm']] : []),
    ['--normalization', 'RMSNorm'],
    ['--norm-epsilon', `${architecture.rmsNormEps}`],
    ['--use-rotary-position-embeddings'],
    ['--rotary-base', `${architecture.ropeTheta}`],
    ...(architecture.tiedEmbeddings ? [] : [['--untie-embeddings-and-output-weights']]),
  ];
}

/** What of a model these arguments do not say, in words. */
function unsaid({ biases, experts, headBias, ropeScaling, slidingWindow }: Architecture): string[] {
  const linear = [biases.o_proj, biases.gate_proj, biases.up_proj, biases.down_proj, headBias];
  return [
    ...(ropeScaling.type === 'default' ? [] : [`rotary positions scaled by "${ropeScaling.type}"`]),
    ...(experts === undefined ? [] : ['its experts']),
    ...(slidingWindow === undefined ? [] : ['its sliding window']),
    ...(linear.includes(true) ? ['biases besides those of q, k and v'] : []),
  ];
}

export interface MegatronConversion {
  /** Sets MODEL_ARGS, and converts: to be run in slime's folder. */
  readonly command: string;
  /** What the trainer loads afterwards. */
  readonly folder: string;
  readonly notes: readonly string[];
}

/** The conversion of a checkpoint to Megatron's `torch_dist`, into `FOLDER_torch_dist`. */
export function megatronConversion(folder: string, architecture: Architecture): MegatronConversion {
  const converted = `${folder}_torch_dist`;
  const lines = megatronArguments(architecture).map((words) => `  ${words.join(' ')}`);
  const paths = commandLines([[], ['--hf-checkpoint', folder], ['--save', converted]]);
  const convert = `PYTHONPATH=/root/Megatron-LM python tools/convert_hf_to_torch_dist.py "\${MODEL_ARGS[@]}"${paths}`;
  const found = unsaid(architecture);
  return {
    command: ['MODEL_ARGS=(', ...lines, ')', convert].join('\n'),
    folder: converted,
    notes: [
      'MODEL_ARGS is what config.json says. Where slime has a file of the model in scripts/models, hold the two against each other.',
      ...(found.length === 0
        ? []
        : [`MODEL_ARGS does not say ${found.join(', ')}: take that from slime's scripts/models.`]),
      'Megatron pads embedding and head: what is converted back may need --vocab-size.',
      "/root/Megatron-LM is where slime's image has Megatron.",
    ],
  };
}
