import type { Architecture } from '../architecture/architecture.ts';
import { storedProjections } from '../architecture/projectionPlace.ts';
import type { AdapterConfig } from './adapterConfig.ts';
import { matching } from './patterns.ts';

/* Which modules of a model an adapter's configuration selects, as peft selects them. */

/** Names of the modules that LoRA can act on, without `.weight`. */
export const [embedding, head] = ['model.embed_tokens', 'lm_head'];

/** Modules that LoRA can act on, in the order of the forward pass. */
export function loraModules(architecture: Architecture): string[] {
  const layers = Array.from({ length: architecture.layers }, (_, layer) => [
    ...storedProjections(architecture, layer).keys(),
  ]);
  return [embedding, ...layers.flat(), head];
}

/** A module's name and what follows each of its dots. */
function tails(module: string): string[] {
  const parts = module.split('.');
  return parts.map((_, start) => parts.slice(start).join('.'));
}

/** Whether a module is, or lies in, one that is saved whole. */
function isSaved(module: string, saved: readonly string[]): boolean {
  return saved.some((name) => `.${module}.`.includes(`.${name}.`));
}

/** Names of modules that are saved whole; peft matches the end of a name, dots or not: `norm` means every norm. */
export function savedModules(modules: Iterable<string>, { saved }: AdapterConfig): ReadonlySet<string> {
  const found = new Set<string>();
  for (const module of modules) {
    // Parents too: a whole `mlp` may be saved.
    const parts = module.split('.');
    const paths = parts.map((_, end) => parts.slice(0, end + 1).join('.'));
    if (paths.some((path) => saved.some((name) => path.endsWith(name)))) found.add(module);
  }
  return found;
}

function inLayers(module: string, { layers, layersPattern }: AdapterConfig): boolean {
  if (layers.length === 0) return true;
  const names = layersPattern.length === 0 ? [undefined] : layersPattern;
  for (const name of names) {
    const parts = module.split('.');
    const at = parts.findIndex(
      (part, i) => i > 0 && /^\d+$/.test(part) && (name === undefined ? i > 1 : parts[i - 1] === name),
    );
    if (at >= 0 && at < parts.length - 1) return layers.includes(Number(parts[at]));
  }
  return false;
}

/**
 * The modules that LoRA acts on; undefined where the configuration leaves it to peft.
 *
 * @param path of the configuration, for messages
 * @throws InputError when it holds an expression that cannot be read
 */
export function selectedModules(
  architecture: Architecture,
  config: AdapterConfig,
  path: string,
): ReadonlySet<string> | undefined {
  const { targets, excluded, saved } = config;
  if (targets === undefined) return undefined;
  const modules = loraModules(architecture);
  const left = (field: string, pattern: string) => matching(pattern, modules, `"${path}": "${field}"`);
  const out = typeof excluded === 'string' ? left('exclude_modules', excluded) : undefined;
  const [inside, outside] = [targets, excluded].map((names) => new Set(typeof names === 'string' ? [] : names));
  const isExcluded = (module: string) => out?.has(module) ?? tails(module).some((tail) => outside!.has(tail));
  let chosen: (module: string) => boolean;
  if (typeof targets !== 'string')
    chosen = (module) => tails(module).some((tail) => inside!.has(tail)) && inLayers(module, config);
  else if (targets.toLowerCase() === 'all-linear') chosen = (module) => module !== embedding && module !== head;
  else {
    const matched = left('target_modules', targets);
    chosen = (module) => matched.has(module);
  }
  const selected = new Set(
    modules.filter((module) => chosen(module) && !isExcluded(module) && !isSaved(module, saved)),
  );
  // Each of the two brings the other, and both have the same matrices.
  const ensured = config.ensureTying && architecture.tiedEmbeddings;
  if (ensured && (selected.has(embedding) || selected.has(head))) selected.add(embedding).add(head);
  return selected;
}
