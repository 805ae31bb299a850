import { z } from 'zod';
import { InputError } from '../../errors.ts';
import { shown } from '../../files/reading/shown.ts';
import { isJsonObject, type JsonObject, parseStrictJson } from '../../files/reading/strictJson.ts';
import { refuseKinds } from './adapterKinds.ts';

/* Reads `adapter_config.json`, in which peft says what an adapter changes and by how much. */

const flag = z.boolean('must be true or false').nullish();
const finite = z.number('must be a number');
const rank = z.int('must be a whole number from 1 up').min(1, { error: 'must be a whole number from 1 up' });
const names = z.array(z.string('must be a list of names'), 'must be a list of names');
const index = z.int('must be a whole number from 0 up').min(0, { error: 'must be a whole number from 0 up' });
const indices = z.array(index, 'must be a list of whole numbers').max(2 ** 20, { error: 'is too long' });

/** The fields that decide the merged weights; others are let through unread. `null` means absent. */
const schema = z.looseObject({
  r: rank.nullish(),
  lora_alpha: finite.nullish(),
  use_rslora: flag,
  lora_bias: flag,
  fan_in_fan_out: flag,
  ensure_weight_tying: flag,
  rank_pattern: z.record(z.string(), rank, 'must be an object').nullish(),
  alpha_pattern: z.record(z.string(), finite, 'must be an object').nullish(),
  target_modules: z.union([z.string(), names], 'must be a list of names or a text').nullish(),
  exclude_modules: z.union([z.string(), names], 'must be a list of names or a text').nullish(),
  modules_to_save: names.max(1000, { error: 'has too many names' }).nullish(),
  layers_to_transform: z.union([index, indices], 'must be a list of whole numbers').nullish(),
  layers_pattern: z.union([z.string(), names], 'must be a list of names or a text').nullish(),
  trainable_token_indices: z.union([indices, z.record(z.string(), indices)], 'must be a list of ids').nullish(),
  base_model_name_or_path: z.string('must be a text').nullish(),
});

/** What an adapter's configuration says, defaults of peft filled in. */
export interface AdapterConfig {
  readonly rank: number;
  readonly alpha: number;
  /** Divide by the root of the rank instead of the rank. */
  readonly rootScaling: boolean;
  /** Regular expressions of modules whose rank or alpha is another; the first that matches counts. */
  readonly rankPattern: ReadonlyMap<string, number>;
  readonly alphaPattern: ReadonlyMap<string, number>;
  readonly biases: boolean;
  readonly ensureTying: boolean;
  /** Names, a regular expression, or `all-linear`; undefined: what peft takes for the family. */
  readonly targets: string | readonly string[] | undefined;
  readonly excluded: string | readonly string[];
  readonly saved: readonly string[];
  readonly layers: readonly number[];
  readonly layersPattern: readonly string[];
  /** Ids by module name. */
  readonly tokens: ReadonlyMap<string, readonly number[]>;
  readonly trainedOn: string | undefined;
}

function checked(json: JsonObject, path: string): z.infer<typeof schema> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const { path: at, message } = result.error.issues[0]!;
  const [field, key] = at.map(String);
  const value = json[field!];
  const shownValue = shown(key !== undefined && isJsonObject(value) ? value[key] : value);
  throw new InputError(`"${path}": ${shown(at.map(String).join('.'))} ${message}, not ${shownValue}.`);
}

function listOf<Item>(value: Item | readonly Item[] | null | undefined): readonly Item[] {
  if (value === null || value === undefined) return [];
  return Array.isArray(value) ? (value as readonly Item[]) : [value as Item];
}

function tokensOf(value: z.infer<typeof schema>['trainable_token_indices']): ReadonlyMap<string, readonly number[]> {
  if (value === null || value === undefined) return new Map();
  return Array.isArray(value) ? new Map([['embed_tokens', value]]) : new Map(Object.entries(value));
}

/**
 * Parses the text of an `adapter_config.json`, which is not trusted.
 *
 * @param path the file's path, for messages
 * @throws InputError naming the field that is malformed, or the kind of adapter that is no plain LoRA
 */
export function parseAdapterConfig(text: string, path: string): AdapterConfig {
  const json = parseStrictJson(text, `"${path}"`);
  if (!isJsonObject(json)) throw new InputError(`"${path}" is not a JSON object.`);
  refuseKinds(json, path);
  const config = checked(json, path);
  return {
    rank: config.r ?? 8,
    alpha: config.lora_alpha ?? 8,
    rootScaling: config.use_rslora ?? false,
    rankPattern: new Map(Object.entries(config.rank_pattern ?? {})),
    alphaPattern: new Map(Object.entries(config.alpha_pattern ?? {})),
    biases: config.lora_bias ?? false,
    ensureTying: config.ensure_weight_tying ?? false,
    targets: config.target_modules ?? undefined,
    excluded: config.exclude_modules ?? [],
    saved: config.modules_to_save ?? [],
    layers: listOf(config.layers_to_transform),
    layersPattern: listOf(config.layers_pattern),
    tokens: tokensOf(config.trainable_token_indices),
    trainedOn: config.base_model_name_or_path ?? undefined,
  };
}
