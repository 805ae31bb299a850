import type { Architecture } from '../src/checkpoint/architecture/architecture.ts';
import { deviceCosts } from '../src/engine/plan/deviceCosts.ts';
import { weightMemory } from '../src/engine/plan/heldWeights.ts';
import { layerWeights } from '../src/engine/plan/layerWeights.ts';
import type { Plan } from '../src/engine/plan/plan.ts';
import { planBest } from '../src/engine/plan/planBest.ts';
import { headModel } from '../src/graph/headModel.ts';
import type { LocateWeight } from '../src/graph/layers/products/weights.ts';
import { rowsOf } from '../src/graph/onnx/initializers.ts';
import { segmentModel } from '../src/graph/segmentModel.ts';
import { neuronLayout } from '../src/method/neuronLayout.ts';
import type { ProductForm } from '../src/settings/precision.ts';
import { attributionSizes } from './attributionSizes.ts';
import type { GeneratedShape } from './generateCheckpoint.ts';
import { countGraph, type GraphCount } from './graphCount.ts';
import { architectureOf, locateIn, shapes } from './predictedShapes.ts';

/*
 * What runs on GPUs should take, counted from the graphs and the planner's own plans against stated ceilings: written into
 * docs/benchmarks.md before anyone has measured.
 */

const samples = 128;
const rows = 1024;
const targets = 10;
/** The second half of a sample is its response, over which the targets are spread evenly. */
const responseRows = rows / 2;
const targetRows = Array.from(
  { length: targets },
  (_, i) => rows - 2 - Math.round((i * responseRows) / targets),
).reverse();
const topTokens = 5;

interface Gpu {
  readonly name: string;
  /** Four fifths of what is free. */
  readonly memoryBytes: number;
  readonly bytesPerSecond: number;
}

const gpus: readonly Gpu[] = [
  { name: 'H100', memoryBytes: 0.8 * 84.9e9, bytesPerSecond: 3.35e12 },
  { name: 'H200', memoryBytes: 0.8 * 150e9, bytesPerSecond: 4.8e12 },
];
const productRates: Readonly<Record<ProductForm, number>> = { split: 400e12, tf32: 400e12, float32: 55e12 };
const kernelSeconds = 4e-6;
/** Between device and host, through memory that is not pinned. */
const busBytesPerSecond = 1e10;
const fileBytesPerSecond = 2e9;
/** Measured here (`npm run bench ranking`): a target's 1.7 million neurons, on one thread beside the device. */
const rankSeconds = 0.014 / 1.7e6;
/**
 * Ranking on the device, where it holds the whole model and a sample's targets go in one batch (src/graph/ranking.ts), by count: bytes that pass for a neuron's score,
 * sums and key 150, and 264 for sorting keys and indices by eight digits; kernels for a target.
 */
const ranking = { bytes: 414, kernels: 30, limit: 0.05 };

interface Phase {
  readonly flops: number;
  readonly bytes: number;
  readonly castBytes: number;
  readonly kernels: number;
  /** Across the bus, either way. */
  readonly busBytes: number;
  readonly fileBytes: number;
  /** On the host, beside the device. */
  readonly rankSeconds: number;
}

const nothing: Phase = { flops: 0, bytes: 0, castBytes: 0, kernels: 0, busBytes: 0, fileBytes: 0, rankSeconds: 0 };

function plus(phase: Phase, count: GraphCount, times: number): Phase {
  return {
    ...phase,
    flops: phase.flops + times * count.flops,
    bytes: phase.bytes + times * count.bytes,
    castBytes: phase.castBytes + times * count.castBytes,
    kernels: phase.kernels + times * count.kernels,
  };
}

class Prediction {
  readonly architecture: Architecture;
  readonly #locate: LocateWeight;
  readonly #gpu: Gpu;
  readonly #products: ProductForm;

  constructor(shape: GeneratedShape, gpu: Gpu, products: ProductForm) {
    this.architecture = architectureOf(shape);
    this.#locate = locateIn(shape);
    this.#gpu = gpu;
    this.#products = products;
  }

  get #arithmetic() {
    return { split: this.#products === 'split' };
  }

  plan(attribution: boolean): Plan {
    const costs = deviceCosts('cuda', this.architecture, this.#products);
    const ways = (['cast', 'float32'] as const).map((held) => ({
      ...weightMemory(held, 'BF16', this.#arithmetic.split, costs),
      ranks: true,
    }));
    const work = Array.from({ length: samples }, () =>
      attribution
        ? { rows: targetRows.at(-1)! + 1, headRows: 0, targets: targetRows }
        : { rows, headRows: responseRows, targets: [] },
    );
    return planBest(this.architecture, this.#gpu.memoryBytes, work, undefined, ways, 500e9);
  }

  #segment({ held }: Plan, range: Plan['ranges'][number]) {
    return segmentModel(this.architecture, range, this.#locate, held, this.#arithmetic);
  }

  #forward(plan: Plan, range: Plan['ranges'][number], length: number, phase: Phase): Phase {
    const { hiddenSize, heads, keyValueHeads } = this.architecture;
    const bytes = this.#segment(plan, range);
    return plan.batches.reduce((sum, { from, to }) => {
      const S = to - from;
      const own = { R: S * length, T: length, S, GT: (heads / keyValueHeads) * length };
      const sizes = { ...attributionSizes([0], 1), ...own };
      const run = plus(sum, countGraph(bytes, sizes, 'else_branch'), 1);
      return { ...run, busBytes: run.busBytes + 8 * S * length * hiddenSize };
    }, phase);
  }

  measuring(plan: Plan): Phase {
    const { hiddenSize, vocabSize } = this.architecture;
    const { layers } = this.architecture;
    let phase = plan.ranges.reduce((sum, range) => this.#forward(plan, range, rows, sum), nothing);
    for (const block of plan.headBlocks) {
      const head = { weight: [rowsOf(this.#locate('lm_head.weight'), block)], bias: undefined };
      const bytes = headModel(this.architecture, head, topTokens, this.#locate, plan.held, this.#arithmetic);
      const runs = (samples * responseRows) / plan.headRows;
      phase = plus(phase, countGraph(bytes, { R: plan.headRows }), runs);
      phase = { ...phase, busBytes: phase.busBytes + 4 * samples * responseRows * (hiddenSize + 4 + 3 * topTokens) };
    }
    const weights = layers * layerWeights(this.architecture) * plan.estimate.weightPasses + hiddenSize * vocabSize;
    return { ...phase, fileBytes: 2 * weights };
  }

  attribution(plan: Plan): Phase {
    const { hiddenSize, layers } = this.architecture;
    const neurons = neuronLayout(this.architecture).total;
    const length = targetRows.at(-1)! + 1;
    let phase = plan.ranges.slice(0, -1).reduce((sum, range) => this.#forward(plan, range, length, sum), nothing);
    const batches = Math.ceil(targets / plan.targetsPerBatch);
    for (const range of plan.ranges) {
      const bytes = this.#segment(plan, range);
      for (let batch = 0; batch < batches; batch++) {
        const own = targetRows.slice(batch * plan.targetsPerBatch, (batch + 1) * plan.targetsPerBatch);
        const [M, T] = [own.reduce((sum, row) => sum + row + 1, 0), own.at(-1)! + 1];
        const groups = this.architecture.heads / this.architecture.keyValueHeads;
        phase = plus(phase, countGraph(bytes, attributionSizes(own, groups)), samples);
        const [first, last] = [range.from === 0, range.to === layers];
        const crossing = T * hiddenSize + (first ? 0 : M * hiddenSize) + (last ? 0 : M * hiddenSize);
        phase = { ...phase, busBytes: phase.busBytes + 4 * samples * crossing };
      }
    }
    // A model that stays held from the SFT measurement is not loaded again.
    const passes = plan.segments === 1 ? 0 : plan.estimate.weightPasses;
    const fileBytes = 2 * passes * layers * layerWeights(this.architecture);
    const ranks = samples * targets;
    if (plan.segments > 1 || batches > 1) {
      const busBytes = phase.busBytes + 4 * ranks * neurons;
      return { ...phase, busBytes, fileBytes, rankSeconds: ranks * neurons * rankSeconds };
    }
    return {
      ...phase,
      bytes: phase.bytes + ranking.bytes * ranks * neurons,
      kernels: phase.kernels + ranking.kernels * ranks,
      // Ranks, sums and maxima.
      busBytes: phase.busBytes + (4 * ranks * ranking.limit + 12 * samples) * neurons,
      fileBytes,
    };
  }

  seconds(phase: Phase) {
    const products = phase.flops / productRates[this.#products];
    const passes = phase.bytes / this.#gpu.bytesPerSecond;
    const launches = phase.kernels * kernelSeconds;
    const bus = phase.busBytes / busBytesPerSecond;
    const files = phase.fileBytes / fileBytesPerSecond;
    // Kernels follow each other; the host launches ahead of them. Ranking is a thread's beside both.
    const total = Math.max(Math.max(products + passes, launches) + bus + files, phase.rankSeconds);
    return { products, passes, launches, bus, files, total };
  }
}

/** Three digits at most would say more than is known: two. */
const two = (value: number, unit = 1) => Number((value / unit).toPrecision(2)).toString();

/** A table, a row for each size, GPU and form of products: counts of all phases together, and seconds of each. */
export function benchPrediction(): void {
  const columns = [
    ...[
      'size',
      'GPU',
      'products',
      'weights, segments of layers',
      'PFLOP',
      'TB in passes',
      'million kernels',
      'GB over the bus',
    ],
    ...[
      'GB of files',
      's: products',
      'passes',
      'kernels’ starts',
      'bus',
      'files',
      'ranking',
      'base',
      'SFT',
      'attribution',
      'all',
    ],
  ];
  console.log(`\n| ${columns.join(' | ')} |\n|${'---|'.repeat(columns.length)}`);
  for (const [size, shape] of Object.entries(shapes)) {
    for (const gpu of gpus) {
      for (const products of ['split', 'float32', 'tf32'] as const) {
        const prediction = new Prediction(shape, gpu, products);
        const [measuring, attributing] = [prediction.plan(false), prediction.plan(true)];
        const measured = prediction.measuring(measuring);
        const phases = [measured, measured, prediction.attribution(attributing)];
        const seconds = phases.map((phase) => prediction.seconds(phase));
        const sum = (of: (phase: Phase) => number) => phases.reduce((total, phase) => total + of(phase), 0);
        const spent = (key: keyof (typeof seconds)[number]) => seconds.reduce((total, each) => total + each[key], 0);
        const cells = [
          ...[
            size,
            gpu.name,
            products,
            `${attributing.weights}, ${attributing.segments} of ${attributing.layersPerSegment}`,
          ],
          ...[
            two(
              sum(({ flops }) => flops),
              1e15,
            ),
            two(
              sum(({ bytes }) => bytes),
              1e12,
            ),
          ],
          ...[
            two(
              sum(({ kernels }) => kernels),
              1e6,
            ),
            two(
              sum(({ busBytes }) => busBytes),
              1e9,
            ),
          ],
          two(
            sum(({ fileBytes }) => fileBytes),
            1e9,
          ),
          ...(['products', 'passes', 'launches', 'bus', 'files'] as const).map((key) => two(spent(key))),
          two(sum(({ rankSeconds }) => rankSeconds)),
          ...seconds.map(({ total }) => two(total)),
          two(spent('total')),
        ];
        console.log(`| ${cells.join(' | ')} |`);
      }
    }
  }
}
