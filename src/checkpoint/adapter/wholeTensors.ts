import { InputError } from '../../errors.ts';
import { shown } from '../../files/reading/shown.ts';
import { headName } from '../architecture/tensorNames.ts';
import type { Checkpoint } from '../checkpoint.ts';
import type { Adapter, AdapterTensor } from './adapter.ts';
import { refusedTensor } from './loraPairs.ts';
import { savedModules } from './selectedModules.ts';

/* The tensors that an adapter's file holds whole, each under the base's name for it. */

/** Whole tensors of an adapter by name. */
export interface WholeTensors {
  /** In the base's place before anything is added: resized embeddings, trained biases. */
  readonly replaced: ReadonlyMap<string, AdapterTensor>;
  /** Of modules that were trained whole, each a matrix of its own (`modules_to_save`). */
  readonly saved: ReadonlyMap<string, AdapterTensor>;
}

/**
 * Sorts out the whole tensors of an adapter.
 *
 * @throws InputError naming a tensor that the base does not have, or a trained module that the file lacks
 */
export function wholeTensors(adapter: Adapter, base: Checkpoint): WholeTensors {
  const names = new Set([...base.tensors.keys(), headName]);
  const moduleOf = (name: string) => name.slice(0, name.lastIndexOf('.'));
  const modules = savedModules([...names].map(moduleOf), adapter.config);
  const replaced = new Map<string, AdapterTensor>();
  const saved = new Map<string, AdapterTensor>();
  for (const tensor of adapter.tensors) {
    const { part, module, of } = tensor;
    if (part !== 'whole' && part !== 'wrapped' && part !== 'base') continue;
    const name = `${module}.${of}`;
    if (!names.has(name)) throw refusedTensor(adapter, tensor, `is no tensor of the base "${base.folder}"`);
    if (part === 'base' || !modules.has(module)) replaced.set(name, tensor);
    // Resized embeddings are in the file under both names.
    else if (part === 'whole' || !saved.has(name)) saved.set(name, tensor);
  }
  checkSaved(adapter, base, modules, saved);
  return { replaced, saved };
}

function checkSaved(
  { config, weights, configPath }: Adapter,
  base: Checkpoint,
  modules: ReadonlySet<string>,
  saved: ReadonlyMap<string, AdapterTensor>,
): void {
  for (const name of base.tensors.keys()) {
    const module = name.slice(0, name.lastIndexOf('.'));
    // A tied head may be stored beside the embeddings, and is no module that was trained apart.
    const isTiedHead = name === headName && base.architecture.tiedEmbeddings && config.ensureTying;
    if (!modules.has(module) || saved.has(name) || isTiedHead) continue;
    throw new InputError(
      `"${weights.path}" lacks ${shown(name)}, which "modules_to_save" of "${configPath}" names: the adapter was not saved completely.`,
    );
  }
}
