import { mapCells } from '../../record/comparison/tensors/mapGrid.ts';
import { quantileShares, type TensorDifference } from '../../record/comparison/tensors/tensorDifference.ts';
import type { MatchedTensor } from '../checkpoints/tensorMatch.ts';
import type { BlockSums } from './blocks/block.ts';
import { FineHistogram } from './sums/fineHistogram.ts';
import { floatNorms } from './sums/floatNorm.ts';
import { excessKurtosis, type Moments, mergeMoments, noMoments, standardDeviation } from './sums/moments.ts';
import { type FlatSpike, SpikeList } from './sums/spikeList.ts';

/* Makes one tensor's statistics out of the sums that its blocks gave. */

type Tensor = Pick<MatchedTensor, 'name' | 'shape' | 'rows' | 'columns'>;

/**
 * Joins the sums of a tensor's blocks to its statistics. The blocks must come in order: the order of additions is part
 * of the result.
 */
export class TensorSums {
  readonly #tensor: Tensor;
  readonly #histogram = new FineHistogram();
  readonly #spikes = new SpikeList();
  readonly #rowNorms: Float32Array;
  readonly #columnSums: Float64Array;
  readonly #map: Float32Array;
  #rowsDone = 0;
  #nonFinite = 0;
  #equal = 0;
  #signFlips = 0;
  #referenceSquares = 0;
  #checkpointSquares = 0;
  #dot = 0;
  #squares = 0;
  #moments: Moments = noMoments;

  constructor(tensor: Tensor) {
    this.#tensor = tensor;
    this.#rowNorms = new Float32Array(tensor.rows);
    this.#columnSums = new Float64Array(tensor.columns);
    this.#map = new Float32Array(mapCells(tensor.rows) * mapCells(tensor.columns));
  }

  add(block: BlockSums): void {
    this.#nonFinite += block.nonFinite;
    this.#equal += block.equal;
    this.#signFlips += block.signFlips;
    this.#referenceSquares += block.referenceSquares;
    this.#checkpointSquares += block.checkpointSquares;
    this.#dot += block.dot;
    this.#squares += block.squares;
    this.#moments = mergeMoments(this.#moments, block.moments);
    this.#histogram.add(block.histogram, block.zero);
    for (const spike of block.spikes) this.#spikes.add(spike);
    this.#rowNorms.set(block.rowNorms, this.#rowsDone);
    this.#rowsDone += block.rowNorms.length;
    for (let i = 0; i < this.#columnSums.length; i++) this.#columnSums[i]! += block.columnSums[i]!;
    // Blocks may share a row of the map: the first of this is the last of the one before.
    const cells = mapCells(this.#tensor.columns);
    const from = block.mapStart * cells;
    const shared = this.#map.slice(from, from + cells);
    this.#map.set(block.map, from);
    for (const [i, value] of shared.entries()) this.#map[from + i] = Math.max(this.#map[from + i]!, value);
  }

  finish(): TensorDifference {
    const { name, shape, rows, columns } = this.#tensor;
    const elements = rows * columns;
    const norm = Math.sqrt(this.#squares);
    const referenceNorm = Math.sqrt(this.#referenceSquares);
    const checkpointNorm = Math.sqrt(this.#checkpointSquares);
    const bothNorms = referenceNorm * checkpointNorm;
    const spikes = this.#spikes.spikes.map((spike) => this.#located(spike));
    const maxAbs = Math.abs(spikes[0]?.delta ?? 0);
    const values = this.#histogram.quantiles(quantileShares, maxAbs);
    return {
      name,
      shape,
      elements,
      nonFinite: this.#nonFinite,
      norm,
      referenceNorm,
      checkpointNorm,
      relativeNorm: norm === 0 ? 0 : referenceNorm === 0 ? null : norm / referenceNorm,
      maxAbs,
      maxAbsAt: spikes[0]?.at ?? (shape.length < 2 ? [0] : [0, 0]),
      mean: this.#moments.mean,
      standardDeviation: standardDeviation(this.#moments),
      excessKurtosis: excessKurtosis(this.#moments),
      cosine: bothNorms === 0 ? null : Math.max(-1, Math.min(1, this.#dot / bothNorms)),
      unchangedShare: elements === 0 ? 0 : this.#equal / elements,
      signFlipShare: elements === 0 ? 0 : this.#signFlips / elements,
      quantiles: quantileShares.map((share, i) => ({ share, value: values[i]! })),
      histogram: this.#histogram.display(),
      spikes,
      rowNorms: this.#rowNorms,
      columnNorms: floatNorms(this.#columnSums),
      map: { rows: mapCells(rows), columns: mapCells(columns), values: this.#map },
    };
  }

  #located({ index, delta, reference, checkpoint }: FlatSpike): TensorDifference['spikes'][number] {
    const { shape, columns } = this.#tensor;
    const at = shape.length < 2 ? [index] : [Math.floor(index / columns), index % columns];
    return { at, delta, reference, checkpoint };
  }
}
