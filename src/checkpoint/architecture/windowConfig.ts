import { InputError } from '../../errors.ts';
import { shown } from '../../files/reading/shown.ts';
import type { Architecture, Family, Rope } from './architecture.ts';
import type { Config } from './configSchema.ts';
import { families } from './families.ts';

/* Reads from a `config.json` which layers look no further back than a window of tokens. */

/** Whether each layer is of the sliding kind; none is where the family reads no window. */
function slidingKinds(family: Family, config: Config): readonly boolean[] {
  const { effect, has } = families[family].window;
  return Array.from({ length: config.num_hidden_layers }, (_, layer) => {
    if (effect === 'ignored') return false;
    if (has === undefined) return true;
    return config.layer_types ? config.layer_types[layer] === 'sliding_attention' : has(layer, config);
  });
}

/**
 * The window and the layers that have it. One that no sequence reaches is none; layers whose rotary embedding differs are told
 * all the same.
 *
 * @throws InputError for a kind of attention that is neither
 */
export function windowOf(
  family: Family,
  config: Config,
  { maxPositions, slidingRope }: { readonly maxPositions: number; readonly slidingRope: Rope | undefined },
  path: string,
): Pick<Architecture, 'slidingWindow' | 'slidingLayers' | 'slidingRope'> {
  const { window: trait, defaults } = families[family];
  const { sliding_window: size = defaults.slidingWindow } = config;
  const switchedOn = trait.effect === 'set' || (trait.effect === 'flag' && config.use_sliding_window === true);
  const window = switchedOn && size !== null ? size : undefined;
  const other = config.layer_types?.find((type) => type !== 'full_attention');
  if (other !== undefined && (other !== 'sliding_attention' || window === undefined)) {
    throw new InputError(
      `"${path}": "layer_types" has ${shown(other)} layers; only "full_attention" and, with "sliding_window", "sliding_attention" are supported.`,
    );
  }
  const kinds = slidingKinds(family, config);
  const layers = [...kinds.keys()].filter((layer) => kinds[layer]);
  if (layers.length === 0) return {};
  const reached = window !== undefined && window < maxPositions;
  if (!reached && slidingRope === undefined) return {};
  return {
    ...(reached && { slidingWindow: window }),
    ...((slidingRope !== undefined || layers.length < kinds.length) && { slidingLayers: layers }),
    ...(slidingRope !== undefined && { slidingRope }),
  };
}
