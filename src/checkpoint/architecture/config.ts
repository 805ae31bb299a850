import { InputError } from '../../errors.ts';
import { shown } from '../../files/reading/shown.ts';
import { isJsonObject, type JsonObject, parseStrictJson } from '../../files/reading/strictJson.ts';
import type { Architecture, Family } from './architecture.ts';
import { type Config, checkConfig } from './configSchema.ts';
import { expertsOf } from './expertsConfig.ts';
import { type BiasTrait, families, familyNamed } from './families.ts';
import { reasonAgainst } from './otherFamilies.ts';
import { ropesOf } from './ropeConfig.ts';
import { textPart } from './textPart.ts';
import { windowOf } from './windowConfig.ts';

/* Reads a model's architecture from its `config.json`, refusing what this project cannot run. */

/** Names of activations in transformers, the usual one first. */
const activations = { silu: ['silu', 'swish'], geluTanh: ['gelu_pytorch_tanh', 'gelu_python_tanh'] } as const;

function familyOf(json: JsonObject, path: string): Family {
  const { model_type: modelType } = json;
  const supported = Object.keys(families).join(', ');
  if (modelType === undefined) throw new InputError(`"${path}" lacks "model_type"; supported are ${supported}.`);
  const family = typeof modelType === 'string' ? familyNamed(modelType) : undefined;
  if (family !== undefined) return family;
  const reason = reasonAgainst(modelType, json);
  const why = reason === undefined ? '' : ` (${reason})`;
  throw new InputError(
    `"${path}": "model_type" ${shown(modelType)}${why} is not supported; supported are ${supported}.`,
  );
}

/** Refuses features that every family could be given and that the decoder does not have. */
function refuseFeatures(family: Family, json: JsonObject, config: Config, path: string): void {
  const { quantization_config: quantization } = json;
  if (quantization !== undefined && quantization !== null) {
    const { quant_method: method } = isJsonObject(quantization) ? quantization : {};
    const named = typeof method === 'string' ? ` (${shown(method)})` : '';
    throw new InputError(
      `"${path}": the weights are quantised${named}; use the checkpoint in BF16, F16 or F32 that they were made from.`,
    );
  }
  const names: readonly string[] = activations[families[family].layers.activation];
  // Gemma's own field wins over the common one, which older files have as `gelu`.
  const field = names[0] === 'silu' ? 'hidden_act' : 'hidden_activation';
  const activation = config[field] ?? names[0]!;
  if (!names.includes(activation)) {
    throw new InputError(`"${path}": "${field}" ${shown(activation)} is not supported; only "${names[0]}" is.`);
  }
  if (config.use_bidirectional_attention === true) {
    throw new InputError(
      `"${path}": "use_bidirectional_attention" is true: each token attends to those after it too, and only causal models are supported.`,
    );
  }
  if (config.is_causal === false) {
    throw new InputError(
      `"${path}": "is_causal" is false: each token attends to those after it too, and only causal models are supported.`,
    );
  }
}

function check(holds: boolean, path: string, text: string): void {
  if (!holds) throw new InputError(`"${path}" contradicts itself: ${text}.`);
}

function headSizes(family: Family, config: Config, path: string) {
  const { hidden_size: hiddenSize, num_attention_heads: heads } = config;
  const { defaults } = families[family];
  const keyValueHeads =
    config.num_key_value_heads === undefined && defaults.keyValueHeads !== 'derived'
      ? defaults.keyValueHeads
      : (config.num_key_value_heads ?? heads);
  check(
    heads % keyValueHeads === 0,
    path,
    `"num_attention_heads" ${heads} is not a multiple of "num_key_value_heads" ${keyValueHeads}`,
  );
  let headDim = config.head_dim ?? undefined;
  if (headDim === undefined && config.head_dim === undefined && defaults.headDim !== 'derived')
    headDim = defaults.headDim;
  if (headDim === undefined) {
    check(
      hiddenSize % heads === 0,
      path,
      `"hidden_size" ${hiddenSize} is not a multiple of "num_attention_heads" ${heads}, and "head_dim" is not given`,
    );
    headDim = hiddenSize / heads;
  }
  check(headDim % 2 === 0, path, `heads of ${headDim} elements cannot be rotated, which takes an even number`);
  return { keyValueHeads, headDim };
}

/**
 * Reads the architecture from the text of a `config.json`, which is not trusted. `headBias` is false: no field tells
 * of it, only the tensors do.
 *
 * @param path the file's path, for messages
 * @throws InputError naming the field that is missing, malformed, contradictory or asks for what is not supported
 */
export function parseConfig(text: string, path: string): Architecture {
  const whole = parseStrictJson(text, `"${path}"`);
  if (!isJsonObject(whole)) throw new InputError(`"${path}" is not a JSON object.`);
  const { config: json, textOf } = textPart(whole, path);
  const family = familyOf(json, path);
  const config = checkConfig(json, path);
  const { defaults, inputBias, outputBias, mlpBias, reads, layers: form } = families[family];
  refuseFeatures(family, json, config, path);
  const maxPositions = config.max_position_embeddings ?? defaults.maxPositions;
  const layers = config.num_hidden_layers;
  const types = config.layer_types?.length ?? layers;
  check(types === layers, path, `"layer_types" has ${types} entries, but "num_hidden_layers" is ${layers}`);
  const rotated = config.no_rope_layers?.length ?? layers;
  check(rotated >= layers, path, `"no_rope_layers" has ${rotated} entries, but "num_hidden_layers" is ${layers}`);
  const heads = headSizes(family, config, path);
  const { own, sliding, ...rotary } = ropesOf(families[family].rope, config, { maxPositions, ...heads }, path);
  const experts = expertsOf(families[family].experts, config, path);
  const flag = (trait: BiasTrait) => (typeof trait === 'boolean' ? trait : (config[trait.flag] ?? trait.absent));
  const [input, output, mlp] = [flag(inputBias), flag(outputBias), flag(mlpBias)];
  return {
    family,
    ...(textOf !== undefined && { textOf }),
    layers,
    hiddenSize: config.hidden_size,
    heads: config.num_attention_heads,
    ...heads,
    intermediateSize: config.intermediate_size,
    ...(experts !== undefined && { experts }),
    vocabSize: config.vocab_size,
    rmsNormEps: config.rms_norm_eps ?? defaults.rmsNormEps,
    ropeTheta: own.theta,
    ropeScaling: own.scaling,
    ...rotary,
    maxPositions,
    ...windowOf(family, config, { maxPositions, slidingRope: sliding }, path),
    ...reads?.(config, layers),
    tiedEmbeddings: config.tie_word_embeddings ?? defaults.tied,
    queryKeyNorm: form.queryKeyNorm !== 'none',
    biases: {
      q_proj: input,
      k_proj: input,
      v_proj: input,
      o_proj: output,
      gate_proj: mlp,
      up_proj: mlp,
      down_proj: mlp,
    },
    headBias: false,
  };
}
