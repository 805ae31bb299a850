import type { Architecture } from '../../checkpoint/architecture/architecture.ts';
import { layerForm } from '../../checkpoint/architecture/families.ts';
import { chunksOf } from '../../graph/layers/attention/attentionChunks.ts';
import type { HeldWeights } from '../../graph/layers/products/weightMatrix.ts';
import { neuronLayout } from '../../method/neuronLayout.ts';
import { cpuCosts, type DeviceCosts } from './deviceCosts.ts';
import type { WeightMemory } from './heldWeights.ts';
import { layerWeights } from './layerWeights.ts';

/* Estimates the memory that a run takes, from the model's sizes and the run's. */

const floatBytes = 4;

/**
 * Resident memory of the engine process before any weight: Node, the runtime's library and their heaps, bytes. Measured
 * 110–120 MB on Linux.
 */
export const processBytes = 115e6;

/** Widths of feed-forward blocks that a layer may have: one for all rows, and an expert. */
function blockWidths({ experts, intermediateSize }: Architecture): readonly number[] {
  if (experts === undefined) return [intermediateSize];
  const { denseLayers, intermediateSize: own } = experts;
  return denseLayers === undefined ? [own] : [intermediateSize, own];
}

/**
 * A row of a block that has one width takes as much as is said of it below; of experts, by count, a row is there as many times as
 * it has experts, and what they read and write, as wide as the stream, stands beside its parts.
 */
function blockRows(architecture: Architecture) {
  const { experts, hiddenSize } = architecture;
  const [widest] = blockWidths(architecture);
  const single = experts === undefined || experts.denseLayers !== undefined ? widest! : 0;
  if (experts === undefined) return { forward: single, kept: single, backward: single };
  const { perToken, intermediateSize: own } = experts;
  return {
    forward: Math.max(single, perToken * (own + (2 / 3) * hiddenSize)),
    kept: Math.max(single, perToken * (4 / 3) * own),
    backward: Math.max(single, perToken * (1.2 * own + 0.75 * hiddenSize)),
  };
}

/**
 * What a device holds, in bytes. Weights count as float32 unless they are held as stored: constant folding widens
 * two-byte ones when a session is created (measured on the CPU provider: 1.00–1.04 × that, whatever the dtype in the file). The activations'
 * coefficients were fitted to peaks measured for three shapes, 64–1024 rows, 1–8 targets and 1–8 layers; in attribution they
 * were within 15 % of them; since its graph is in sections, it holds 0–7 % less than is counted for 4–8 layers and up to a
 * quarter less for one or two; since attention's backward is in chunks, up to a third less in long batches (28 M parameters,
 * 1024 rows), as much as is counted at 256. Forward runs of 256–1024 rows of 1–16 samples through two or more layers held 3–13 % less than
 * is counted, runs of 64 rows up to a quarter less, and a run through a single layer half. Products in parts hold the parts
 * beside their operands: added is what they were measured to hold more on the CPU for two widths, 0–40 % more than was held
 * in all.
 */
export class MemoryModel {
  readonly #architecture: Architecture;
  readonly #weights: WeightMemory;
  /** Widths of the residual stream, attention, keys (or values) and feed-forward block. */
  readonly #hidden: number;
  readonly #attention: number;
  readonly #keyValue: number;
  readonly #intermediate: number;
  /** What a feed-forward block's row takes as many times the width of: forward, kept for the backward, and backward. */
  readonly #block: { readonly forward: number; readonly kept: number; readonly backward: number };
  readonly #neurons: number;

  constructor(architecture: Architecture, weights: WeightMemory) {
    this.#architecture = architecture;
    this.#weights = weights;
    this.#hidden = architecture.hiddenSize;
    this.#attention = architecture.heads * architecture.headDim;
    this.#keyValue = architecture.keyValueHeads * architecture.headDim;
    this.#intermediate = Math.max(...blockWidths(architecture));
    this.#block = blockRows(architecture);
    this.#neurons = neuronLayout(architecture).total;
  }

  get held(): HeldWeights {
    return this.#weights.held;
  }

  /** Of the device that it is held on; a CPU unless said. */
  get costs(): DeviceCosts {
    return this.#weights.costs ?? cpuCosts(this.#architecture);
  }

  /** Weights of `layers` decoder layers; where they are held as stored, with the matrices that are widened at a time. */
  weights(layers: number): number {
    const { parameterBytes, widened } = this.#weights;
    const matrix = this.#hidden * Math.max(this.#intermediate, this.#attention);
    return layers * layerWeights(this.#architecture) * parameterBytes + widened * matrix * floatBytes;
  }

  /** A residual stream of `rows`. */
  stream(rows: number): number {
    return rows * this.#hidden * floatBytes;
  }

  /** Scores of every neuron for so many targets. */
  scores(targets: number): number {
    return targets * this.#neurons * floatBytes;
  }

  /** Sums (float64) and maxima of every neuron's scores, and a copy of both on its way to the host. */
  scoreSums(): number {
    return 24 * this.#neurons;
  }

  /**
   * Ranking on the device, beside the scores; nothing where the host ranks. By count, bytes a neuron: 8 for the factors of
   * keys; sums and maxima before, in and out of the loop over targets, 36; keys on their way, 28; and 64 for sorting them with
   * their indices, both eight bytes, from one place to another with as much again for the sort itself.
   */
  ranking(): number {
    return this.#weights.ranks ? 136 * this.#neurons : 0;
  }

  /**
   * Activations of a forward run, and its input and output. The runtime knows their sizes from each other and plans where
   * they lie beforehand: what attention and the feed-forward block take adds up.
   * @param rows of all its samples together; attention alone is padded to the longest
   */
  forward(rows: number, samples: number, longest: number): number {
    const padded = samples * longest;
    // Of capped attention and the other activation as two shapes of Gemma were measured, 512 wide, 700 rows.
    const caps = this.#architecture.attentionSoftCap === undefined ? 0 : 1.5;
    const gate = layerForm(this.#architecture).activation === 'silu' ? 4.5 : 6;
    const attention = padded * ((2.5 + caps) * this.#architecture.heads * longest + 6 * this.#attention);
    const parts = this.#weights.split
      ? padded * 3 * this.#architecture.heads * longest + rows * (4 * this.#hidden + 3 * this.#block.forward)
      : 0;
    return (attention + rows * (7 * this.#hidden + gate * this.#block.forward) + parts) * floatBytes;
  }

  /**
   * Activations of an attribution run: what each layer's forward keeps for its backward, the attention of one layer's
   * forward, and for every packed row one layer's backward.
   * @param packedRows rows `0..t` of all targets together; `rows` is the longest
   */
  attribution(layers: number, rows: number, packedRows: number): number {
    const { heads } = this.#architecture;
    const [hidden, attention, keyValue] = [this.#hidden, this.#attention, this.#keyValue];
    const { kept: keptBlock, backward: block } = this.#block;
    const { attentionWrite, mlpWrite } = layerForm(this.#architecture).norms;
    // By count: what a norm after a block reads is kept, and of capped attention the hyperbolic tangents for the slope.
    const writes = [attentionWrite, mlpWrite].filter((norm) => norm !== undefined).length;
    const caps = this.#architecture.attentionSoftCap === undefined ? 0 : 1;
    const kept = layers * rows * ((4 + writes) * hidden + 4 * attention + 4 * keyValue + 3 * keptBlock);
    const layer = (3 + caps) * heads * rows * rows;
    // A chunk of attention's backward at a time. The last is the largest, where all targets reach it just so.
    const chunks = chunksOf(rows).length;
    const pairs = (heads * rows) / Math.max(1, chunks - 1);
    const backward =
      packedRows * (5 * block + 5 * hidden + 2 * attention + (chunks + 3) * keyValue + (3 + 2 * caps) * pairs);
    const parts = this.#weights.split ? heads * rows * rows + packedRows * (2.5 * block + 3.5 * pairs) : 0;
    return (kept + layer + backward + parts) * floatBytes;
  }

  /**
   * Measuring `rows` against `tokens` rows of the head: its weights twice, as float32 and, read from the file and kept
   * mapped where they are large, as stored; logits, shifted, exponentials and a product. A run widens no other matrix beside
   * it, where two of a layer's are at a time.
   */
  head(tokens: number, rows: number): number {
    const widened = Math.max(1, this.#weights.widened / 2);
    const { parameterBytes, split } = this.#weights;
    const weight = Math.max(widened * floatBytes + 2, parameterBytes);
    return tokens * this.#hidden * weight + (split ? 5 : 4) * rows * tokens * floatBytes;
  }
}
