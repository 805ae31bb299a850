import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Projection } from '../../src/checkpoint/architecture/architecture.ts';
import { projectionName } from '../../src/checkpoint/architecture/tensorNames.ts';
import { readSafetensors } from '../../src/checkpoint/safetensors/safetensorsFile.ts';
import { type Responses, responseRowCount } from '../../src/method/responseRows.ts';
import { checkpointFixtures, fixtures, sampleFolder } from '../paths.ts';

export const goldenNames = readdirSync(join(fixtures, 'goldens'));
/** Of one tiny pair a further family: each with its calibration beside it. Not in the archive for GPU machines. */
export function familyNames(): string[] {
  return readdirSync(join(fixtures, 'families')).map((name) => `families/${name}`);
}

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
  readonly samples: readonly { readonly index: number; readonly ids: Uint32Array; readonly responses: Responses }[];
  /** Entropies at all response rows, samples one after the other. */
  readonly entropy: Readonly<Record<'base' | 'sft' | 'fused' | 'rejuvenated', Float32Array>>;
  /** `[targets kept, neurons]`. */
  readonly scores: Float32Array;
  readonly rejuvenatedPath: string;
}

type Layout = Golden['layout'];
type StoredLayout = readonly (Layout[number] & { readonly expert?: number })[];

/**
 * The flat order of this project: a projection's neurons of all experts together, where the independent implementation has all
 * of an expert's together.
 * @returns modules of this order, and of each place in it the one in the other
 */
function ownOrder(stored: StoredLayout): { layout: Layout; places: readonly number[] } {
  const modules = new Map<string, StoredLayout[number][]>();
  for (const part of stored) {
    const key = `${part.layer} ${part.module}`;
    modules.set(key, [...(modules.get(key) ?? []), part]);
  }
  const order = ['q', 'k', 'v', 'o', 'gate', 'up', 'down'];
  const sorted = [...modules.values()].sort(
    ([a], [b]) => a!.layer - b!.layer || order.indexOf(a!.module) - order.indexOf(b!.module),
  );
  const places: number[] = [];
  const layout = sorted.map((parts) => {
    const { layer, module } = parts[0]!;
    const offset = places.length;
    const reset: number[] = [];
    for (const part of parts) {
      reset.push(...part.reset.map((neuron) => places.length - offset + neuron));
      for (let i = 0; i < part.width; i++) places.push(part.offset + i);
    }
    return { layer, module, offset, width: places.length - offset, reset };
  });
  return { layout, places };
}

export const projectionOf = (module: string): Projection => `${module}_proj` as Projection;

export async function loadGolden(name: string): Promise<Golden> {
  const family = name.startsWith('families/') ? join(fixtures, name) : undefined;
  const folder = family === undefined ? join(fixtures, 'goldens', name) : join(family, 'golden');
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
      responses: [{ start: promptLengths[index]!, end: length }],
    };
    from += length;
    return sample;
  });
  const real = name.startsWith('real-');
  const checkpoints = family ?? (real ? sampleFolder : checkpointFixtures);
  const side = (which: 'base' | 'sft') =>
    family === undefined && !real
      ? join(checkpoints, name, which)
      : join(checkpoints, real && which === 'sft' ? 'sft-over' : which);
  const { layout, places } = ownOrder(json.layout);
  const hits = ints('hits');
  const scores = floats('scores');
  const inOrder = (target: number) => places.map((place) => scores[target * places.length + place]!);
  return {
    name,
    base: side('base'),
    sft: side('sft'),
    calibration: join(checkpoints, real || family !== undefined ? 'calibration.jsonl' : 'tiny-calibration.jsonl'),
    settings: json.settings,
    targets: json.targets,
    budget: json.budget_per_target,
    neurons: json.total_neurons,
    resetNeurons: json.reset_neurons,
    resetParameters: json.reset_params,
    hits: Int32Array.from(places, (place) => hits[place]!),
    layout,
    summary: json.summary,
    samples,
    entropy: {
      base: floats('H_base'),
      sft: floats('H_sft'),
      fused: floats('H_fused'),
      rejuvenated: floats('H_rejuvenated'),
    },
    scores: Float32Array.from(
      Array.from({ length: scores.length / places.length }, (_, target) => inOrder(target)).flat(),
    ),
    rejuvenatedPath: join(folder, 'rejuvenated.safetensors'),
  };
}

/** Reset neurons by projection, as a commit takes them. */
export function resetSetOf(golden: Golden): Map<string, Uint32Array> {
  const modules = golden.layout.filter((module) => module.reset.length > 0);
  return new Map(
    modules.map(({ layer, module, reset }) => [projectionName(layer, projectionOf(module)), Uint32Array.from(reset)]),
  );
}

/** Best first; ties: lower flat index. Strictly positive scores only (eq. 4). */
function selected(scores: Float32Array, budget: number): number[] {
  const positive = [...scores.keys()].filter((neuron) => scores[neuron]! > 0);
  return positive.sort((a, b) => scores[b]! - scores[a]! || a - b).slice(0, budget);
}

/** The golden values of a file's first samples alone, of which every target's scores are kept. */
export function firstSamples(golden: Golden, count: number): Golden {
  const samples = golden.samples.slice(0, count);
  const targets = golden.targets.filter(({ sample }) => sample < count);
  const rows = samples.reduce((sum, { responses }) => sum + responseRowCount(responses), 0);
  const scores = golden.scores.subarray(0, targets.length * golden.neurons);
  if (scores.length < targets.length * golden.neurons) throw new Error(`${golden.name} keeps scores of fewer targets.`);
  const reset = new Set(
    targets.flatMap((_, target) =>
      selected(scores.subarray(target * golden.neurons, (target + 1) * golden.neurons), golden.budget),
    ),
  );
  const { base, sft, fused, rejuvenated } = golden.entropy;
  const own = (entropies: Float32Array) => entropies.subarray(0, rows);
  return {
    ...golden,
    samples,
    targets,
    scores,
    entropy: { base: own(base), sft: own(sft), fused: own(fused), rejuvenated: own(rejuvenated) },
    layout: golden.layout.map((module) => ({
      ...module,
      reset: Array.from({ length: module.width }, (_, neuron) => neuron).filter((neuron) =>
        reset.has(module.offset + neuron),
      ),
    })),
  };
}
