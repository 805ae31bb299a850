import { InputError } from '../../errors.ts';
import { shown, shownShape } from '../../files/reading/shown.ts';
import type { Architecture } from '../architecture/architecture.ts';
import type { Adapter, AdapterTensor } from './adapter.ts';
import { patternValues } from './patterns.ts';
import { embedding, loraModules, selectedModules } from './selectedModules.ts';

/* The pairs of low-rank matrices of an adapter, each checked to be whole and of the rank that the configuration gives it. */

/** What is added to a weight or a bias: `scaling · B · A`, or `scaling ·` the bias of B. */
export interface LoraPair {
  readonly module: string;
  readonly of: 'weight' | 'bias';
  /** `[rank, columns]`; undefined for a bias, and of an embedding `[rank, rows]`. */
  readonly a: AdapterTensor | undefined;
  /** `[rows, rank]`, or `[rows]` of a bias, and of an embedding `[columns, rank]`. */
  readonly b: AdapterTensor;
  readonly rank: number;
  readonly scaling: number;
  /** Both matrices are stored the other way round, and the product is rounded before it is added. */
  readonly embedding: boolean;
}

/** An error on one tensor of an adapter: `"FILE": tensor "NAME" TEXT.` */
export function refusedTensor({ weights }: Adapter, { name }: AdapterTensor, text: string): InputError {
  return new InputError(`"${weights.path}": tensor ${shown(name)} ${text}.`);
}

const partsOf = {
  lora_A: 'a',
  lora_B: 'b',
  'lora_B bias': 'bias',
  lora_embedding_A: 'a',
  lora_embedding_B: 'b',
} as const;
type Found = { readonly [key in (typeof partsOf)[keyof typeof partsOf]]?: AdapterTensor };

function byModule(adapter: Adapter): ReadonlyMap<string, Found> {
  const modules = new Map<string, Found>();
  for (const tensor of adapter.tensors) {
    if (!Object.hasOwn(partsOf, tensor.part)) continue;
    const key = partsOf[tensor.part as keyof typeof partsOf];
    const found = modules.get(tensor.module) ?? {};
    if (found[key] !== undefined)
      throw refusedTensor(adapter, tensor, `is there twice, as ${shown(found[key].name)} too`);
    modules.set(tensor.module, { ...found, [key]: tensor });
  }
  return modules;
}

function checkRank(adapter: Adapter, rank: number, a: AdapterTensor, b: AdapterTensor): void {
  for (const [tensor, own] of [
    [a, a.shape[0]!],
    [b, b.shape[1]!],
  ] as const) {
    if (own === rank) continue;
    throw refusedTensor(
      adapter,
      tensor,
      `has the shape ${shownShape(tensor.shape)} and so the rank ${own}, but "${adapter.configPath}" gives ${shown(tensor.module)} the rank ${rank}`,
    );
  }
}

/** The pair of one module, and what is added to its bias. */
function pairOf(adapter: Adapter, module: string, found: Found, rank: number, alpha: number): LoraPair[] {
  const { a, b, bias } = found;
  const { config } = adapter;
  const one = a ?? b ?? bias!;
  if (a === undefined || b === undefined) {
    const lacking = one.name.replace(
      /lora_(embedding_)?[AB]/,
      (part) => `${part.slice(0, -1)}${a === undefined ? 'A' : 'B'}`,
    );
    throw refusedTensor(
      adapter,
      one,
      `has no partner ${shown(lacking.replace(/\.bias$/, '.weight'))}: the adapter was not saved completely`,
    );
  }
  const isEmbedding = a.part === 'lora_embedding_A';
  if (isEmbedding !== (module === embedding) || isEmbedding !== (b.part === 'lora_embedding_B')) {
    throw refusedTensor(
      adapter,
      a,
      `does not fit ${shown(module)}: "lora_embedding_A" and "lora_embedding_B" are of embeddings, "lora_A" and "lora_B" of all else`,
    );
  }
  checkRank(adapter, rank, a, b);
  if (config.biases && !isEmbedding && bias === undefined) {
    throw refusedTensor(adapter, b, 'has no bias, though "lora_bias" is true: the adapter was not saved completely');
  }
  if (!config.biases && bias !== undefined) {
    throw refusedTensor(adapter, bias, `is a bias, but "lora_bias" is not true in "${adapter.configPath}"`);
  }
  const scaling = alpha / (config.rootScaling ? Math.sqrt(rank) : rank);
  const common = { module, scaling, embedding: isEmbedding } as const;
  const pair: LoraPair = { ...common, of: 'weight', a, b, rank };
  return bias === undefined ? [pair] : [pair, { ...common, of: 'bias', a: undefined, b: bias, rank: 1 }];
}

/** Holds the modules of the file to those that the configuration selects. */
function checkSelection(adapter: Adapter, architecture: Architecture, found: ReadonlyMap<string, Found>): void {
  const { config, configPath, weights } = adapter;
  const selected = selectedModules(architecture, config, configPath);
  const known = new Set(loraModules(architecture));
  for (const [module, { a, b, bias }] of found) {
    const tensor = (a ?? b ?? bias)!;
    if (!known.has(module)) {
      throw refusedTensor(
        adapter,
        tensor,
        `changes ${shown(module)}, which is no projection, embedding or head of this base`,
      );
    }
    if (selected !== undefined && !selected.has(module)) {
      throw refusedTensor(adapter, tensor, `changes ${shown(module)}, which "${configPath}" does not select`);
    }
  }
  for (const module of selected ?? []) {
    if (found.has(module)) continue;
    throw new InputError(
      `"${weights.path}" has no tensors for ${shown(module)}, which "${configPath}" selects: the adapter was not saved completely, or is of another base.`,
    );
  }
}

/**
 * The pairs of an adapter by the tensor they change, such as `model.layers.0.self_attn.q_proj.weight`.
 *
 * @throws InputError naming the tensor that lacks its partner, has another rank or changes what the base does not have
 */
export function loraPairs(adapter: Adapter, architecture: Architecture): ReadonlyMap<string, LoraPair> {
  const { config, configPath } = adapter;
  const found = byModule(adapter);
  checkSelection(adapter, architecture, found);
  const modules = [...found.keys()];
  const ranks = patternValues(config.rankPattern, modules, `"${configPath}": "rank_pattern"`);
  const alphas = patternValues(config.alphaPattern, modules, `"${configPath}": "alpha_pattern"`);
  const pairs = new Map<string, LoraPair>();
  for (const [module, own] of found) {
    const [rank, alpha] = [ranks.get(module) ?? config.rank, alphas.get(module) ?? config.alpha];
    for (const pair of pairOf(adapter, module, own, rank, alpha)) pairs.set(`${module}.${pair.of}`, pair);
  }
  return pairs;
}
