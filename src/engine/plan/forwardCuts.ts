import type { Architecture } from '../../checkpoint/architecture/architecture.ts';
import type { SampleBatch } from '../../protocol/engine.ts';
import { activeLayerWeights } from './layerWeights.ts';
import type { MemoryModel } from './memoryModel.ts';
import { type RunCosts, sampleBatches } from './sampleBatches.ts';
import type { SampleWork } from './sampleWork.ts';

/* Ways to have a request's samples share forward runs, each with what it costs. */

/** A way to have a request's samples share forward runs. */
export interface ForwardCut {
  /** Most rows of a run that samples share, each counted as long as the longest. */
  readonly rows: number;
  readonly batches: readonly SampleBatch[];
  /** Samples of the largest batch. */
  readonly samples: number;
  /** Rows of the batch that has most, padding aside; and those measured against the head. */
  readonly packedRows: number;
  readonly headRows: number;
  /** What a pass of all samples costs beside their rows, in rows. */
  readonly cost: number;
  /** Activations of the largest run. */
  readonly bytes: number;
}

/** Attention's cost of a pair of positions, in rows: two products, and as much time again for passes over `[T, T]`. */
function pairRows(architecture: Architecture): number {
  return (4 * architecture.heads * architecture.headDim) / activeLayerWeights(architecture);
}

function costsOf(architecture: Architecture, { costs }: MemoryModel): Omit<RunCosts, 'maxRows'> {
  return {
    overheadRows: costs.forwardRun,
    pairRows: pairRows(architecture),
  };
}

function cutOf(
  batches: readonly SampleBatch[],
  rows: number,
  samples: readonly SampleWork[],
  model: MemoryModel,
  { overheadRows, pairRows }: Omit<RunCosts, 'maxRows'>,
): ForwardCut {
  const cut = { rows, batches, samples: 0, packedRows: 0, headRows: 0, cost: 0, bytes: 0 };
  for (const { from, to } of batches) {
    let [sharing, longest, packedRows, headRows, ownPairs] = [0, 0, 0, 0, 0];
    for (let position = from; position < to; position++) {
      const sample = samples[position]!;
      if (sample.rows > 0) sharing++;
      longest = Math.max(longest, sample.rows);
      packedRows += sample.rows;
      headRows += sample.headRows;
      ownPairs += sample.rows ** 2;
    }
    cut.samples = Math.max(cut.samples, to - from);
    cut.packedRows = Math.max(cut.packedRows, packedRows);
    cut.headRows = Math.max(cut.headRows, headRows);
    if (sharing > 0) cut.cost += overheadRows + pairRows * (sharing * longest ** 2 - ownPairs);
    cut.bytes = Math.max(cut.bytes, model.forward(packedRows, sharing, longest));
  }
  return cut;
}

/** Every sample in runs of its own. */
export function oneByOne(architecture: Architecture, model: MemoryModel, samples: readonly SampleWork[]): ForwardCut {
  const batches = samples.map((_, position) => ({ from: position, to: position + 1 }));
  return cutOf(batches, 0, samples, model, costsOf(architecture, model));
}

/** Ways worth trying, from the largest runs to every sample in runs of its own. @param most limits their rows */
export function* forwardCuts(
  architecture: Architecture,
  model: MemoryModel,
  samples: readonly SampleWork[],
  most: number,
): Generator<ForwardCut> {
  const costs = costsOf(architecture, model);
  const rows = samples.map((sample) => sample.rows);
  for (let maxRows = Math.min(most, model.costs.mostForwardRows); maxRows > 1; maxRows = Math.floor(maxRows * 0.75)) {
    const batches = sampleBatches(rows, { ...costs, maxRows });
    if (batches.length === samples.length) break;
    yield cutOf(batches, maxRows, samples, model, costs);
  }
  yield oneByOne(architecture, model, samples);
}
