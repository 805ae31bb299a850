import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Projection } from '../../src/checkpoint/architecture.ts';
import { readSafetensors } from '../../src/checkpoint/safetensorsFile.ts';

const root = join(import.meta.dirname, '..', '..');
const fixtures = join(root, 'test', 'fixtures');

export const goldenNames = readdirSync(join(fixtures, 'goldens'));

/** A target as the independent implementation found it. */
export interface GoldenTarget {
  readonly sample: number;
  readonly t: number;
  readonly y: number;
  readonly token: string;
  readonly z: number;
  readonly z_rec: number;
  readonly kth_score: number;
  readonly next_score: number;
}

export interface Golden {
  readonly name: string;
  readonly base: string;
  readonly sft: string;
  readonly calibration: string;
  readonly settings: { readonly alpha: number; readonly rho: number; readonly top_n: number };
  readonly targets: readonly GoldenTarget[];
  readonly budget: number;
  readonly neurons: number;
  readonly resetNeurons: number;
  readonly resetParameters: number;
  /** Targets that select each neuron, `[neurons]`. */
  readonly hits: Int32Array;
  /** Reset neurons by layer and module, `q` for q_proj and so on. */
  readonly layout: readonly {
    layer: number;
    module: string;
    offset: number;
    width: number;
    reset: readonly number[];
  }[];
  readonly summary: Readonly<Record<'base' | 'sft' | 'fused' | 'rejuvenated', { readonly entropy_all: number }>>;
  readonly samples: readonly { readonly index: number; readonly ids: Uint32Array; readonly promptLength: number }[];
  /** Entropies at all response rows, samples one after the other. */
  readonly entropy: Readonly<Record<'base' | 'sft' | 'fused' | 'rejuvenated', Float32Array>>;
  /** `[targets kept, neurons]`. */
  readonly scores: Float32Array;
  readonly rejuvenatedPath: string;
}

export const projectionOf = (module: string): Projection => `${module}_proj` as Projection;

export async function loadGolden(name: string): Promise<Golden> {
  const folder = join(fixtures, 'goldens', name);
  const json = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8'));
  const tensors = await readSafetensors(join(folder, 'golden.safetensors'));
  const bytes = (tensor: string) => Uint8Array.from(tensors.get(tensor)!.data).buffer;
  const ints = (tensor: string) => new Int32Array(bytes(tensor));
  const floats = (tensor: string) => new Float32Array(bytes(tensor));
  const ids = ints('ids');
  const promptLengths = ints('prompt_len');
  let from = 0;
  const samples = Array.from(ints('ids_len'), (length, index) => {
    const sample = {
      index,
      ids: Uint32Array.from(ids.subarray(from, from + length)),
      promptLength: promptLengths[index]!,
    };
    from += length;
    return sample;
  });
  const real = name.startsWith('real-');
  const checkpoints = real ? join(root, 'media', 'sample') : join(fixtures, 'checkpoints');
  return {
    name,
    base: real ? join(checkpoints, 'base') : join(checkpoints, name, 'base'),
    sft: real ? join(checkpoints, 'sft-over') : join(checkpoints, name, 'sft'),
    calibration: join(checkpoints, real ? 'calibration.jsonl' : 'tiny-calibration.jsonl'),
    settings: json.settings,
    targets: json.targets,
    budget: json.budget_per_target,
    neurons: json.total_neurons,
    resetNeurons: json.reset_neurons,
    resetParameters: json.reset_params,
    hits: ints('hits'),
    layout: json.layout,
    summary: json.summary,
    samples,
    entropy: {
      base: floats('H_base'),
      sft: floats('H_sft'),
      fused: floats('H_fused'),
      rejuvenated: floats('H_rejuvenated'),
    },
    scores: floats('scores'),
    rejuvenatedPath: join(folder, 'rejuvenated.safetensors'),
  };
}
