import { type Architecture, projectionShape, projections } from '../checkpoint/architecture.ts';
import type { LayerRange } from '../graph/segmentModel.ts';
import { neuronLayout } from '../method/neuronLayout.ts';
import type { EnginePlan } from '../protocol/engine.ts';

/** What a pass over the samples has to hold. */
export interface Workload {
  /** Rows of the longest sample. */
  readonly longest: number;
  readonly samples: number;
  /** Most targets of one sample; 0 for a forward pass. */
  readonly targets: number;
}

/** How the work is cut to fit the memory budget. */
export interface Plan extends EnginePlan {
  readonly ranges: readonly LayerRange[];
  /** Most targets in one attribution run. */
  readonly targetsPerBatch: number;
  /** Most rows whose logits are held at a time. */
  readonly headRows: number;
}

const floatBytes = 4;

/** float32 bytes of one decoder layer's weights; biases and norms are too small to count. */
function layerBytes(architecture: Architecture): number {
  let weights = 0;
  for (const projection of projections) {
    const [rows, columns] = projectionShape(architecture, projection);
    weights += rows * columns;
  }
  return weights * floatBytes;
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(Math.floor(value), most));
}

/**
 * Layers per segment, samples per group, targets per batch and rows per head run for a memory budget in bytes.
 * Weights count as float32, as the CPU provider holds them. Half of the budget at most goes to activations and to
 * what is kept between segments; weights take the rest. At least one layer, sample, target and row is always planned,
 * so a budget that is too small is exceeded rather than refused.
 */
export function planWork(
  architecture: Architecture,
  memoryBytes: number,
  { longest, samples, targets }: Workload,
): Plan {
  const { layers, hiddenSize, intermediateSize, heads, keyValueHeads, headDim, vocabSize } = architecture;
  const attention = heads * headDim;
  // Logits, shifted logits, their exponentials and a product: four values of [rows, V].
  const headRows = clamp(memoryBytes / 16 / (4 * vocabSize * floatBytes), 1, 256);
  const head = (vocabSize * hiddenSize + headRows * 4 * vocabSize) * floatBytes;
  const runs = 2 * longest * longest * heads + longest * (6 * hiddenSize + 4 * intermediateSize + 3 * attention);
  // Kept by an attribution run from each layer's forward for its backward.
  const keptPerLayer =
    targets === 0
      ? 0
      : longest * (2 * hiddenSize + 4 * attention + 4 * keyValueHeads * headDim + 4 * intermediateSize) * floatBytes;
  const perTarget = longest * (6 * hiddenSize + 3 * intermediateSize + 3 * heads * longest) * floatBytes;
  const targetsPerBatch = targets === 0 ? 1 : clamp(memoryBytes / 4 / perTarget, 1, targets);
  const transient = runs * floatBytes + (targets === 0 ? 0 : targetsPerBatch * perTarget);
  const perLayer = layerBytes(architecture) + keptPerLayer;

  if (layers * perLayer + transient + head <= memoryBytes) {
    return {
      segments: 1,
      layersPerSegment: layers,
      samplesPerGroup: 1,
      ranges: [{ from: 0, to: layers }],
      targetsPerBatch,
      headRows,
    };
  }

  const layersPerSegment = clamp((0.75 * memoryBytes - transient) / perLayer, 1, layers);
  const segments = Math.ceil(layers / layersPerSegment);
  const stream = longest * hiddenSize * floatBytes;
  const perSample =
    targets === 0 ? stream : (segments + targets) * stream + targets * neuronLayout(architecture).total * floatBytes;
  const samplesPerGroup = clamp(memoryBytes / 4 / perSample, 1, samples);
  const ranges = Array.from({ length: segments }, (_, i) => ({
    from: i * layersPerSegment,
    to: Math.min((i + 1) * layersPerSegment, layers),
  }));
  return { segments, layersPerSegment, samplesPerGroup, ranges, targetsPerBatch, headRows };
}
