import { isDeepStrictEqual } from 'node:util';
import { InputError } from '../../errors.ts';
import { shown } from '../../files/reading/shown.ts';
import { isJsonObject } from '../../files/reading/strictJson.ts';
import type { Architecture, Rope, RopeScaling } from './architecture.ts';
import type { Config, RopeParameters } from './configSchema.ts';
import type { FamilyTraits } from './families.ts';

/* Reads the rotary position embedding (RoPE) from a `config.json`. */

type RopeTrait = FamilyTraits['rope'];
type Field = 'rope_parameters' | 'rope_scaling';

/** What the rotary embedding is read beside. */
interface Sizes {
  readonly maxPositions: number;
  readonly headDim: number;
}

/** Rotary embeddings as `config.json` describes them. */
export interface Ropes extends Pick<Architecture, 'rotatedDim' | 'queryGrowth'> {
  readonly own: Rope;
  /** Of sliding layers, where it is another. */
  readonly sliding?: Rope;
}

/** YaRN's temperature (arXiv 2309.00071, eq. 22): `0.1 * mscale * ln(factor) + 1`. */
function yarnScale(factor: number, mscale = 1): number {
  return factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1;
}

/** transformers' standardize_rope_params: a field beside the parameters wins over one among them. */
function originalLength(trait: RopeTrait, parameters: RopeParameters, config: Config, maxPositions: number): number {
  const beside = config.original_max_position_embeddings ?? trait.originalMaxPositions;
  return beside ?? parameters.original_max_position_embeddings ?? maxPositions;
}

function resolveScaling(
  trait: RopeTrait,
  parameters: RopeParameters,
  field: string,
  config: Config,
  { maxPositions, rotatedDim }: { readonly maxPositions: number; readonly rotatedDim: number },
  path: string,
): RopeScaling {
  const named = parameters.rope_type ?? parameters.type ?? 'default';
  const type = trait.types !== undefined && Object.hasOwn(trait.types, named) ? trait.types[named]! : named;
  const need = (name: 'factor' | 'low_freq_factor' | 'high_freq_factor'): number => {
    const value = parameters[name];
    if (value === undefined || value === null) {
      throw new InputError(`"${path}": "${field}" of type ${shown(type)} lacks ${shown(name)}.`);
    }
    return value;
  };
  const originalMaxPositions = originalLength(trait, parameters, config, maxPositions);
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
    case 'longrope': {
      const factor = parameters.factor ?? maxPositions / originalMaxPositions;
      const stretched = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalMaxPositions));
      const attentionFactor = parameters.attention_factor ?? stretched;
      const factors = (name: 'short_factor' | 'long_factor') => {
        const list = parameters[name];
        if (list?.length === rotatedDim / 2) return list;
        const fault =
          list === undefined || list === null ? `lacks ${shown(name)}` : `has ${list.length} in ${shown(name)}`;
        throw new InputError(
          `"${path}": "${field}" of type ${shown(named)} ${fault}; it takes ${rotatedDim / 2} factors.`,
        );
      };
      const [shortFactors, longFactors] = [factors('short_factor'), factors('long_factor')];
      return { type, shortFactors, longFactors, originalMaxPositions, attentionFactor } as const;
    }
    default:
      throw new InputError(
        `"${path}": rotary embeddings of type ${shown(type)} are not supported; default, linear, dynamic, llama3, yarn and longrope are.`,
      );
  }
}

/** The leading elements of a head that are rotated. */
function rotatedDimOf(trait: RopeTrait, parameters: RopeParameters, config: Config, headDim: number, path: string) {
  const partial = parameters.partial_rotary_factor ?? config.partial_rotary_factor ?? trait.partial ?? 1;
  if (trait.partial === undefined && partial !== 1) {
    throw new InputError(
      `"${path}": "partial_rotary_factor" ${partial} is not supported; only whole heads are rotated.`,
    );
  }
  const rotated = Math.trunc(headDim * partial);
  if (rotated >= 2 && rotated <= headDim && rotated % 2 === 0) return rotated;
  throw new InputError(
    `"${path}": "partial_rotary_factor" ${partial} rotates ${rotated} of a head's ${headDim} elements; it takes an even number of them.`,
  );
}

function thetaOf(inside: number | null | undefined, config: Config, field: string, fallback: number, path: string) {
  const beside = config.rope_theta ?? undefined;
  if (inside !== undefined && inside !== null && beside !== undefined && inside !== beside) {
    throw new InputError(
      `"${path}" contradicts itself: "rope_theta" is ${beside}, but ${inside} in "${field}"; keep the one that the model was trained with.`,
    );
  }
  return inside ?? beside ?? fallback;
}

function resolve(
  trait: RopeTrait,
  field: Field,
  config: Config,
  { maxPositions, headDim }: Sizes,
  path: string,
): Ropes {
  const given = config[field];
  const parameters: RopeParameters = given ?? trait.absent ?? {};
  const rotatedDim = rotatedDimOf(trait, parameters, config, headDim, path);
  const nested = Object.keys(parameters).find((key) => isJsonObject(parameters[key]));
  if (nested !== undefined) {
    throw new InputError(
      `"${path}": "${field}" has parameters of its own for ${shown(nested)}; this family's rotary embeddings do not differ by layer.`,
    );
  }
  const own = {
    theta: thetaOf(parameters.rope_theta, config, field, trait.theta, path),
    scaling: resolveScaling(trait, parameters, field, config, { maxPositions, rotatedDim }, path),
  };
  const beta = trait.queryGrowth === true ? (parameters.llama_4_scaling_beta ?? 0) : 0;
  const originalMaxPositions = originalLength(trait, parameters, config, maxPositions);
  return {
    own,
    ...(rotatedDim < headDim && { rotatedDim }),
    ...(beta !== 0 && { queryGrowth: { beta, originalMaxPositions } }),
  };
}

/** Of a family whose sliding layers have parameters of their own; what stands beside them is the other layers'. */
function resolveByKind(
  trait: RopeTrait,
  { theta, field }: NonNullable<RopeTrait['sliding']>,
  config: Config,
  { maxPositions, headDim }: Sizes,
  path: string,
): Ropes {
  const { rope_parameters: byKind, rope_scaling: scaling } = config;
  const full = { ...byKind?.full_attention, ...scaling };
  const sliding = byKind?.sliding_attention ?? {};
  const sizes = { maxPositions, rotatedDim: headDim };
  const ropes = {
    own: {
      theta: thetaOf(full.rope_theta, config, 'rope_parameters', trait.theta, path),
      scaling: resolveScaling(trait, full, 'rope_parameters', config, sizes, path),
    },
    sliding: {
      theta: sliding.rope_theta ?? (field && config[field]) ?? theta,
      scaling: resolveScaling(trait, sliding, 'rope_parameters', config, sizes, path),
    },
  };
  return isDeepStrictEqual(ropes.own, ropes.sliding) ? { own: ropes.own } : ropes;
}

/**
 * Reads the rotary embedding from both places that transformers writes it to: `rope_parameters` (5) and top-level
 * `rope_theta` with `rope_scaling` (4), with the defaults of its `modeling_rope_utils.py`.
 *
 * @throws InputError naming what is missing, contradictory or not supported
 */
export function ropesOf(trait: RopeTrait, config: Config, sizes: Sizes, path: string): Ropes {
  if (trait.sliding !== undefined) return resolveByKind(trait, trait.sliding, config, sizes, path);
  const given = (['rope_parameters', 'rope_scaling'] as const).filter(
    (field) => Object.keys(config[field] ?? {}).length > 0,
  );
  const [first, second] = given.map((field) => resolve(trait, field, config, sizes, path));
  if (first !== undefined && second !== undefined && !isDeepStrictEqual(first, second)) {
    throw new InputError(
      `"${path}" contradicts itself: "rope_parameters" and "rope_scaling" differ; keep one of them.`,
    );
  }
  return first ?? resolve(trait, 'rope_parameters', config, sizes, path);
}
