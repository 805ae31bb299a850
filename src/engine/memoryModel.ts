import { type Architecture, projectionShape, projections } from '../checkpoint/architecture.ts';

const floatBytes = 4;

/**
 * Resident memory of the engine process before any weight: Node, the runtime's library and their heaps, bytes. Measured
 * 110–120 MB on Linux.
 */
export const processBytes = 115e6;

/**
 * Weights of one decoder layer, in elements; biases and norms are too small to count.
 */
export function layerWeights(architecture: Architecture): number {
  return projections.reduce((sum, projection) => {
    const [rows, columns] = projectionShape(architecture, projection);
    return sum + rows * columns;
  }, 0);
}

/**
 * What a device holds, in bytes. Weights count as float32, which constant folding makes of two-byte ones when a session
 * is created (measured on the CPU provider: 1.00–1.04 × that, whatever the dtype in the file). The activations'
 * coefficients were fitted to peaks measured for three shapes, 64–1024 rows, 1–8 targets and 1–8 layers; they were
 * within 15 % of them.
 */
export class MemoryModel {
  readonly #architecture: Architecture;
  /** Widths of the residual stream, attention, keys (or values) and feed-forward block. */
  readonly #hidden: number;
  readonly #attention: number;
  readonly #keyValue: number;
  readonly #intermediate: number;

  constructor(architecture: Architecture) {
    this.#architecture = architecture;
    this.#hidden = architecture.hiddenSize;
    this.#attention = architecture.heads * architecture.headDim;
    this.#keyValue = architecture.keyValueHeads * architecture.headDim;
    this.#intermediate = architecture.intermediateSize;
  }

  /** Weights of `layers` decoder layers. */
  weights(layers: number): number {
    return layers * layerWeights(this.#architecture) * floatBytes;
  }

  /** A residual stream of `rows`. */
  stream(rows: number): number {
    return rows * this.#hidden * floatBytes;
  }

  /** Activations of a forward run: a layer's attention, or its feed-forward block. */
  forward(rows: number): number {
    const { heads } = this.#architecture;
    const attention = 3 * heads * rows * rows + rows * (3 * this.#hidden + 4 * this.#attention);
    const block = rows * (3 * this.#hidden + 3 * this.#intermediate);
    return Math.max(attention, block) * floatBytes;
  }

  /**
   * Activations of an attribution run: what each layer's forward keeps for its backward, the attention of one layer's
   * forward, and for every packed row one layer's backward.
   * @param packedRows rows `0..t` of all targets together; `rows` is the longest
   */
  attribution(layers: number, rows: number, packedRows: number): number {
    const { heads } = this.#architecture;
    const [hidden, attention, keyValue, block] = [this.#hidden, this.#attention, this.#keyValue, this.#intermediate];
    const kept = layers * rows * (4 * hidden + 4 * attention + 4 * keyValue + 3 * block);
    const layer = 3 * heads * rows * rows;
    const backward = packedRows * (5 * block + 5 * hidden + 2 * attention + 3 * heads * rows);
    return (kept + layer + backward) * floatBytes;
  }

  /** Loading `tokens` rows of the output head: the float32 copy while the two-byte one is read. */
  headLoad(tokens: number): number {
    return tokens * this.#hidden * (floatBytes + 2);
  }

  /** Measuring `rows` against `tokens` rows of the head: logits, shifted, exponentials and a product, and the weights. */
  headRun(tokens: number, rows: number): number {
    return (tokens * this.#hidden + 4 * rows * tokens) * floatBytes;
  }
}
