import type { Architecture } from '../../checkpoint/architecture/architecture.ts';
import type { HeldWeights } from '../../graph/layers/products/weightMatrix.ts';
import type { Device } from '../../settings/devices.ts';
import type { ProductForm } from '../../settings/precision.ts';
import { activeLayerWeights, layerWeights } from './layerWeights.ts';

/*
 * What a device takes for work other than products, told in rows: one is what a row takes on its forward pass through the
 * weights concerned. Measured on CPUs; of CUDA counted, and not measured yet.
 */

/** What a weight costs beside products, in rows of a forward that use it. */
export interface HeldCost {
  readonly load: number;
  readonly forwardRun: number;
  readonly attributionRun: number;
}

/** Costs of one model on one device. */
export interface DeviceCosts {
  readonly held: Readonly<Record<HeldWeights, HeldCost>>;
  /** What a byte in the scratch file costs, written and read, over the weights that a row passes: in rows. */
  readonly spillRows: number;
  /** What a byte of a forward run's activations costs that the system has to give anew for every session, likewise. */
  readonly freshRows: number;
  /** Fixed cost of one attribution run, in rows of a forward through the whole model. */
  readonly attributionRun: number;
  /** Fixed cost of one forward run through the whole model, in rows. */
  readonly forwardRun: number;
  /** Rows of a forward run that samples share at most. */
  readonly mostForwardRows: number;
  /** Rows of logits held at most. */
  readonly mostHeadRows: number;
  /** Whether the way to hold weights that is preferred is taken wherever the whole model fits so, whatever it costs. */
  readonly preferredWins: boolean;
}

/**
 * Of a CPU:
 * - A weight, two cores, page cache warm, 400 million weights in 8 layers: as float32 5 ns to load on a host where a row took
 *   18 ps, 2.2 ns on one where it took 7; as stored 0.9 ns with the first use, then 0.2–0.3 ns at every forward run of 128–512
 *   rows and 0.4–0.6 at every attribution run. The lookup's figures are the cast's.
 * - The scratch file at 500 MB/s.
 * - Fresh memory 1.5–1.8 ns a byte (8 samples of 128 rows in one run, 1 M and 99 M parameters) against 7 ps a weight and row.
 * - A forward run of all layers costs beside its rows reading and packing the weights for products, and of each layer as long
 *   as 8 million products of a weight and a row take. Measured: 44–94 rows at 1 M parameters, 37–49 at 28 M, 23–29 at 99 M
 *   (runs of 32–256 rows against runs of 1024).
 * - An attribution run, measured on small models, where it matters.
 * - 2048 rows at a time were a tenth faster than 1024 at 1 M parameters, no more than noise at 28 M.
 */
export function cpuCosts(architecture: Architecture): DeviceCosts {
  // Of experts all are loaded, and widened at every run, of which a row passes a few.
  const passed = layerWeights(architecture) / activeLayerWeights(architecture);
  const stored = { load: 130 * passed, forwardRun: 45 * passed, attributionRun: 90 * passed };
  return {
    held: { float32: { load: 280 * passed, forwardRun: 0, attributionRun: 0 }, cast: stored, lookup: stored },
    spillRows: 220,
    freshRows: 230,
    attributionRun: 8,
    forwardRun: 30 + 8e6 / activeLayerWeights(architecture),
    mostForwardRows: 1024,
    mostHeadRows: 256,
    preferredWins: true,
  };
}

/** Products of a weight and a row that an H100 is taken to reach in each form, a second; two for each where it is split. */
const productsPerSecond: Readonly<Record<ProductForm, number>> = { split: 60e12, float32: 22e12, tf32: 120e12 };
/** Nodes of a layer's graph that the device is given to run, forward and in attribution, and how long each takes, s. */
const launches = { forward: 60, attribution: 350, seconds: 4e-6, split: 1.6 };
/** A byte read or written by a pass over the device's memory, s. */
const memoryByte = 1 / 3e12;
/** A byte of a file on its way to the device, by one thread through the page cache, s. */
const fileByte = 1 / 2e9;
/** The runtime widens a weight on one core of the host when it makes a session, s. */
const widenedWeight = 2e-9;

/**
 * FLOP a second that a process is taken to reach where nobody has measured: on CUDA what an H100 is taken to, on a CPU what
 * one of its threads was measured to (18 ps a product on two).
 */
export function assumedFlops(device: Device, products: ProductForm, threads: number): number {
  return device === 'cuda' ? 2 * productsPerSecond[products] : (threads * 2) / (2 * 18e-12);
}

/** Of CUDA, by count: passes over memory, launches of kernels and reading of files, against the rate of products. */
function cudaCosts(architecture: Architecture, products: ProductForm): DeviceCosts {
  const row = 1 / productsPerSecond[products];
  const layer = row * activeLayerWeights(architecture);
  const nodes = products === 'split' ? launches.split : 1;
  const experts = architecture.experts?.count ?? 0;
  const run = (count: number) => ((count + (count / 20) * experts) * nodes * launches.seconds) / layer;
  // A cast reads two bytes and writes four; attribution does it for the forward and again for the backward.
  const passed = layerWeights(architecture) / activeLayerWeights(architecture);
  const widening = (6 * memoryByte * passed) / row;
  const stored = { load: (2 * fileByte * passed) / row, forwardRun: widening, attributionRun: 2 * widening };
  const asFloat = { load: ((2 * fileByte + widenedWeight) * passed) / row, forwardRun: 0, attributionRun: 0 };
  return {
    held: { float32: asFloat, cast: stored, lookup: stored },
    // Both ways at 500 MB/s, on the host.
    spillRows: 4e-9 / row,
    // The runtime keeps what the device gave it.
    freshRows: 0,
    attributionRun: run(launches.attribution),
    forwardRun: run(launches.forward),
    mostForwardRows: 8192,
    mostHeadRows: 1024,
    preferredWins: false,
  };
}

/** @param products how they are computed there */
export function deviceCosts(device: Device, architecture: Architecture, products: ProductForm): DeviceCosts {
  return device === 'cuda' ? cudaCosts(architecture, products) : cpuCosts(architecture);
}
