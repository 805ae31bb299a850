import { InputError } from '../../errors.ts';
import { shown } from '../../files/reading/shown.ts';
import { isJsonObject, type JsonObject, parseStrictJson } from '../../files/reading/strictJson.ts';
import type { Architecture, Family } from './architecture.ts';
import { type Config, checkConfig } from './configSchema.ts';
import { type BiasTrait, families, isFamily } from './families.ts';
import { ropeOf } from './ropeConfig.ts';

/* Reads a model's architecture from its `config.json`, refusing what this project cannot run. */

/** Names of `silu` in transformers. */
const silu = ['silu', 'swish'];

function familyOf(json: JsonObject, path: string): Family {
  const { model_type: modelType } = json;
  const supported = Object.keys(families).join(', ');
  if (modelType === undefined) throw new InputError(`"${path}" lacks "model_type"; supported are ${supported}.`);
  if (typeof modelType === 'string' && isFamily(modelType)) return modelType;
  const experts = ['num_experts', 'num_local_experts', 'n_routed_experts'].some((field) => Object.hasOwn(json, field));
  const kind = experts ? ' (a mixture of experts)' : '';
  throw new InputError(
    `"${path}": "model_type" ${shown(modelType)}${kind} is not supported; supported are ${supported}.`,
  );
}

/** Refuses features that every family could be given and that the decoder does not have. */
function refuseFeatures(json: JsonObject, config: Config, path: string): void {
  const { quantization_config: quantization } = json;
  if (quantization !== undefined && quantization !== null) {
    const { quant_method: method } = isJsonObject(quantization) ? quantization : {};
    const named = typeof method === 'string' ? ` (${shown(method)})` : '';
    throw new InputError(
      `"${path}": the weights are quantised${named}; use the checkpoint in BF16, F16 or F32 that they were made from.`,
    );
  }
  const activation = config.hidden_act ?? 'silu';
  if (!silu.includes(activation)) {
    throw new InputError(`"${path}": "hidden_act" ${shown(activation)} is not supported; only "silu" is.`);
  }
  if (config.is_causal === false) {
    throw new InputError(
      `"${path}": "is_causal" is false: each token attends to those after it too, and only causal models are supported.`,
    );
  }
}

/**
 * The sliding window that some layer has, in tokens; undefined where every layer attends to everything.
 *
 * @throws InputError for a kind of attention that is neither
 */
function windowOf(family: Family, config: Config, path: string): number | undefined {
  const { slidingWindow: effect, defaults } = families[family];
  const switchedOn = effect === 'set' || (effect === 'flag' && config.use_sliding_window === true);
  const { sliding_window: size = defaults.slidingWindow } = config;
  const window = switchedOn && size !== null ? size : undefined;
  const other = config.layer_types?.find((type) => type !== 'full_attention');
  if (other !== undefined && (other !== 'sliding_attention' || window === undefined)) {
    throw new InputError(
      `"${path}": "layer_types" has ${shown(other)} layers; only "full_attention" and, with "sliding_window", "sliding_attention" are supported.`,
    );
  }
  const from = config.max_window_layers ?? defaults.maxWindowLayers;
  const some = config.layer_types ? other !== undefined : effect === 'set' || from < config.num_hidden_layers;
  return some ? window : undefined;
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
  const json = parseStrictJson(text, `"${path}"`);
  if (!isJsonObject(json)) throw new InputError(`"${path}" is not a JSON object.`);
  const family = familyOf(json, path);
  const config = checkConfig(json, path);
  const { defaults, inputBias, outputBias, mlpBias, queryKeyNorm } = families[family];
  refuseFeatures(json, config, path);
  const maxPositions = config.max_position_embeddings ?? defaults.maxPositions;
  const layers = config.num_hidden_layers;
  const types = config.layer_types?.length ?? layers;
  check(types === layers, path, `"layer_types" has ${types} entries, but "num_hidden_layers" is ${layers}`);
  const rope = ropeOf(config, { theta: defaults.ropeTheta, maxPositions }, path);
  const window = windowOf(family, config, path);
  const flag = (trait: BiasTrait) => (typeof trait === 'boolean' ? trait : (config[trait.flag] ?? trait.absent));
  const [input, output, mlp] = [flag(inputBias), flag(outputBias), flag(mlpBias)];
  return {
    family,
    layers,
    hiddenSize: config.hidden_size,
    heads: config.num_attention_heads,
    ...headSizes(family, config, path),
    intermediateSize: config.intermediate_size,
    vocabSize: config.vocab_size,
    rmsNormEps: config.rms_norm_eps ?? defaults.rmsNormEps,
    ropeTheta: rope.theta,
    ropeScaling: rope.scaling,
    maxPositions,
    ...(window === undefined || window >= maxPositions ? {} : { slidingWindow: window }),
    tiedEmbeddings: config.tie_word_embeddings ?? false,
    queryKeyNorm,
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
