import { InputError } from '../../errors.ts';
import { shown } from '../../files/reading/shown.ts';
import type { Adapter, AdapterTensor } from './adapter.ts';
import { refusedTensor } from './loraPairs.ts';
import { embedding, head } from './selectedModules.ts';

/* The rows of single tokens that an adapter trained (`trainable_token_indices`). */

/** Rows of a tensor that an adapter replaces. */
export interface NewRows {
  /** For each row of {@link tensor}, the row that it takes the place of. */
  readonly rows: readonly number[];
  readonly tensor: AdapterTensor;
}

/** The rows that take the place of a module's; undefined where there are none. @throws InputError when no ids are given for them */
export function newRows(adapter: Adapter, module: string): NewRows | undefined {
  const tensor = adapter.tensors.find(({ part, module: own }) => part === 'tokens' && own === module);
  if (tensor === undefined) return undefined;
  for (const [name, rows] of adapter.config.tokens) {
    if (module.endsWith(name)) return { rows, tensor };
  }
  throw refusedTensor(
    adapter,
    tensor,
    `has no ids: "trainable_token_indices" of "${adapter.configPath}" does not name ${module}`,
  );
}

/** Checks that ids and rows belong together. @throws InputError naming what is without the other */
export function checkNewRows(adapter: Adapter, pairs: ReadonlyMap<string, unknown>): void {
  const { tensors, config, configPath, weights } = adapter;
  const own = tensors.filter(({ part }) => part === 'tokens');
  for (const tensor of own) {
    if (tensor.module !== embedding && tensor.module !== head) {
      throw refusedTensor(adapter, tensor, 'replaces rows of what is neither the embedding nor the head');
    }
    if (pairs.has(`${tensor.module}.weight`)) {
      throw refusedTensor(
        adapter,
        tensor,
        `replaces rows of ${tensor.module}, which LoRA changes too: merge this adapter with peft (merge_and_unload) and give the merged folder`,
      );
    }
  }
  for (const name of config.tokens.keys()) {
    if (own.some(({ module }) => module.endsWith(name))) continue;
    throw new InputError(
      `"${weights.path}" lacks the rows of the tokens that "trainable_token_indices" of "${configPath}" gives for ${shown(name)}: the adapter was not saved completely.`,
    );
  }
}
