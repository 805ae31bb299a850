import { InputError } from '../../errors.ts';
import { shown } from '../../files/reading/shown.ts';
import { isJsonObject } from '../../files/reading/strictJson.ts';
import type { RopeScaling } from './architecture.ts';
import type { Config, RopeParameters } from './configSchema.ts';

/* Reads the rotary position embedding (RoPE) from a `config.json`. */

/** Rotary embedding as `config.json` describes it. */
export interface Rope {
  readonly theta: number;
  readonly scaling: RopeScaling;
}

/** YaRN's temperature (arXiv 2309.00071, eq. 22): `0.1 * mscale * ln(factor) + 1`. */
function yarnScale(factor: number, mscale = 1): number {
  return factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1;
}

function resolveScaling(parameters: RopeParameters, field: string, config: Config, maxPositions: number, path: string) {
  const type = parameters.rope_type ?? parameters.type ?? 'default';
  const need = (name: 'factor' | 'low_freq_factor' | 'high_freq_factor'): number => {
    const value = parameters[name];
    if (value === undefined || value === null) {
      throw new InputError(`"${path}": "${field}" of type ${shown(type)} lacks ${shown(name)}.`);
    }
    return value;
  };
  // transformers' standardize_rope_params: a field beside the parameters wins over one among them.
  const originalMaxPositions =
    config.original_max_position_embeddings ?? parameters.original_max_position_embeddings ?? maxPositions;
  switch (type) {
    // Stretched beyond "max_position_embeddings" only, where no sample is let.
    case 'dynamic':
    case 'default':
      return { type: 'default' } as const;
    case 'linear':
      return { type, factor: need('factor') } as const;
    case 'llama3': {
      const [factor, lowFreqFactor, highFreqFactor] = [
        need('factor'),
        need('low_freq_factor'),
        need('high_freq_factor'),
      ];
      if (highFreqFactor <= lowFreqFactor) {
        throw new InputError(`"${path}": "high_freq_factor" in "${field}" must be larger than "low_freq_factor".`);
      }
      return { type, factor, lowFreqFactor, highFreqFactor, originalMaxPositions } as const;
    }
    case 'yarn': {
      // null, but not absence, stands for the ratio of the lengths.
      const factor = parameters.factor === null ? maxPositions / originalMaxPositions : need('factor');
      const { mscale, mscale_all_dim: mscaleAll } = parameters;
      const truncate = parameters.truncate ?? true;
      const temperature =
        mscale && mscaleAll ? yarnScale(factor, mscale) / yarnScale(factor, mscaleAll) : yarnScale(factor);
      const attentionFactor = parameters.attention_factor ?? temperature;
      const betaFast = parameters.beta_fast || 32;
      const betaSlow = parameters.beta_slow || 1;
      return { type, factor, originalMaxPositions, betaFast, betaSlow, attentionFactor, truncate } as const;
    }
    default:
      throw new InputError(
        `"${path}": rotary embeddings of type ${shown(type)} are not supported; default, linear, dynamic, llama3 and yarn are.`,
      );
  }
}

function resolve(
  field: 'rope_parameters' | 'rope_scaling',
  config: Config,
  defaults: { theta: number; maxPositions: number },
  path: string,
): Rope {
  const parameters = config[field] ?? {};
  const partial = parameters.partial_rotary_factor ?? config.partial_rotary_factor ?? 1;
  if (partial !== 1) {
    throw new InputError(
      `"${path}": "partial_rotary_factor" ${partial} is not supported; only whole heads are rotated.`,
    );
  }
  const nested = Object.keys(parameters).find((key) => isJsonObject(parameters[key]));
  if (nested !== undefined) {
    throw new InputError(
      `"${path}": "${field}" has parameters of its own for ${shown(nested)}; rotary embeddings that differ by layer are not supported.`,
    );
  }
  const [inside, beside] = [parameters.rope_theta ?? undefined, config.rope_theta ?? undefined];
  if (inside !== undefined && beside !== undefined && inside !== beside) {
    throw new InputError(
      `"${path}" contradicts itself: "rope_theta" is ${beside}, but ${inside} in "${field}"; keep the one that the model was trained with.`,
    );
  }
  return {
    theta: inside ?? beside ?? defaults.theta,
    scaling: resolveScaling(parameters, field, config, defaults.maxPositions, path),
  };
}

/**
 * Reads the rotary embedding from both places that transformers writes it to: `rope_parameters` (5) and top-level
 * `rope_theta` with `rope_scaling` (4), with the defaults of its `modeling_rope_utils.py`.
 *
 * @throws InputError naming what is missing, contradictory or not supported
 */
export function ropeOf(config: Config, defaults: { theta: number; maxPositions: number }, path: string): Rope {
  const given = (['rope_parameters', 'rope_scaling'] as const).filter(
    (field) => Object.keys(config[field] ?? {}).length > 0,
  );
  const [first, second] = given.map((field) => resolve(field, config, defaults, path));
  if (first !== undefined && second !== undefined && JSON.stringify(first) !== JSON.stringify(second)) {
    throw new InputError(
      `"${path}" contradicts itself: "rope_parameters" and "rope_scaling" differ; keep one of them.`,
    );
  }
  return first ?? resolve('rope_parameters', config, defaults, path);
}
