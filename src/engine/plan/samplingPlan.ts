import type { Architecture } from '../../checkpoint/architecture/architecture.ts';
import { RunError } from '../../errors.ts';
import type { HeldWeights } from '../../graph/layers/products/weightMatrix.ts';
import type { EnginePlan, SampleBatch } from '../../protocol/engine.ts';
import { promptBatches } from '../../sampling/promptBatches.ts';
import { showBytes } from '../../settings/memorySize.ts';
import { cacheBytes, cacheColumns } from '../sessions/keyValueCache.ts';
import { formOf, type WeightMemory } from './heldWeights.ts';
import { activeLayerWeights } from './layerWeights.ts';
import { MemoryModel, processBytes } from './memoryModel.ts';

/* Plans a request to sample: how the weights are held, and how many answers are sampled at a time, to fit the memory. */

/** What is to be sampled. */
export interface SamplingWork {
  /** Tokens of each prompt. */
  readonly prompts: readonly number[];
  /** Answers to each. */
  readonly samples: number;
  /** Rows that the longest sequence may have. */
  readonly mostRows: number;
}

export interface SamplingPlan extends EnginePlan {
  readonly held: HeldWeights;
  /** Prompts that are sampled by themselves, whoever samples others. */
  readonly batches: readonly SampleBatch[];
  /** Answers that are sampled at a time. */
  readonly places: number;
  /** Prompt tokens computed at a time, but for a prompt that has more by itself. */
  readonly promptRows: number;
}

/** More at a time would gain nothing: the products have rows enough, and all caches are read at every step. */
const mostPlaces = 256;
/** Of a way to hold the weights, fewer answers at a time leave another way worth looking at. */
const enoughPlaces = 32;
const mostPromptRows = 1024;

/**
 * Weights are passed at every token, so the whole model has to be held: reading segments from the disk at each step would
 * take hours. Every answer has its cache for as long as it can become.
 * @param ways to hold matrices, the one to prefer first
 * @throws RunError saying how much memory it takes where not one answer fits
 */
export function planSampling(
  architecture: Architecture,
  memoryBytes: number,
  work: SamplingWork,
  ways: readonly WeightMemory[],
): SamplingPlan {
  const batches = promptBatches(work.prompts.length, work.samples);
  const largest = batches.reduce((most, { from, to }) => Math.max(most, to - from), 0);
  const wanted = Math.max(1, Math.min(mostPlaces, largest * work.samples));
  let best: SamplingPlan | undefined;
  let least = Infinity;
  for (const way of ways) {
    const model = new MemoryModel(architecture, way);
    const fits = (places: number) => heldBytes(architecture, model, work, places) <= memoryBytes;
    least = Math.min(least, heldBytes(architecture, model, work, 1));
    if (!fits(1)) continue;
    let places = 1;
    for (let step = 2 ** 8; step >= 1; step /= 2) if (places + step <= wanted && fits(places + step)) places += step;
    if (best === undefined || places > best.places) best = planOf(architecture, model, { ...work, batches }, places);
    if (places >= Math.min(wanted, enoughPlaces)) break;
  }
  if (best !== undefined) return best;
  throw new RunError(
    `Sampling needs the whole model in memory: ${showBytes(least)} with one answer of up to ${work.mostRows} tokens, prompt ` +
      `included, at a time; the budget is ${showBytes(memoryBytes)}. Raise --memory or let answers be shorter, or sample from a server.`,
  );
}

/** Tokens of the longest prompt, at least 1; of any number of prompts, more than a call has arguments for. */
export function longestOf(prompts: readonly number[]): number {
  return prompts.reduce((most, own) => Math.max(most, own), 1);
}

function promptRowsOf({ prompts }: SamplingWork, places: number): number {
  const longest = longestOf(prompts);
  return Math.max(longest, Math.min(mostPromptRows, longest * places));
}

function heldBytes(architecture: Architecture, model: MemoryModel, work: SamplingWork, places: number): number {
  const { vocabSize, heads, layers } = architecture;
  const columns = cacheColumns(work.mostRows);
  const longest = longestOf(work.prompts);
  const rows = promptRowsOf(work, places);
  const prompts = Math.min(places, Math.ceil(rows / longest));
  const attention = 4 * places * heads * columns * Float32Array.BYTES_PER_ELEMENT;
  // What is drawn from is copied out of the runtime.
  const drawn = places * vocabSize * Float32Array.BYTES_PER_ELEMENT;
  const step = model.forward(places, places, 1) + attention;
  const begin = model.forward(rows, prompts, longest);
  const cache = places * cacheBytes(architecture, work.mostRows);
  return processBytes + model.weights(layers) + model.head(vocabSize, places) + drawn + cache + Math.max(step, begin);
}

function planOf(
  architecture: Architecture,
  model: MemoryModel,
  work: SamplingWork & Pick<SamplingPlan, 'batches'>,
  places: number,
): SamplingPlan {
  const { layers, vocabSize, hiddenSize } = architecture;
  const perRow = 2 * (layers * activeLayerWeights(architecture) + vocabSize * hiddenSize);
  const longest = longestOf(work.prompts);
  const rows = work.prompts.reduce((sum, own) => sum + own + work.samples * (work.mostRows - longest), 0);
  const { held } = model;
  return {
    segments: 1,
    layersPerSegment: layers,
    samplesPerGroup: places,
    targetsPerBatch: 0,
    forwardRows: places,
    weights: formOf(held),
    held,
    batches: work.batches,
    places,
    promptRows: promptRowsOf(work, places),
    estimate: {
      memoryBytes: Math.round(heldBytes(architecture, model, work, places)),
      scratchBytes: 0,
      weightPasses: 1,
      flops: rows * perRow,
    },
  };
}
