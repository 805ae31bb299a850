import { basename } from 'node:path';
import { InputError } from '../../errors.ts';
import { pearson, spearman } from '../../method/correlation.ts';
import { type NeuronLayout, neuronLayout } from '../../method/neuronLayout.ts';
import {
  moduleOverlap,
  type PooledOverlap,
  pooledOverlap,
  type RankHistogram,
  rankHistogram,
  type SetOverlap,
} from '../../method/resetOverlap.ts';
import { resetBudget } from '../../method/resetSet.ts';
import { floatArray, intArray } from '../../record/arrays/arrays.ts';
import { type NeuronArray, neuronArrayName } from '../../record/run/recordArrays.ts';
import { type OpenRecord, readRecord } from '../../record/run/recordFile.ts';
import { recordSuffix } from '../../record/run/recordPaths.ts';

/* Compares runs: how far they select the same neurons. */

/** One run of a comparison. */
export interface ComparedRun {
  /** Of the record, without folders. Untrusted. */
  readonly name: string;
  readonly rho: number;
  readonly alpha: number;
  readonly neurons: number;
}

/** Two runs by their positions. */
export interface RunPair {
  readonly runs: readonly [number, number];
  readonly whole: PooledOverlap;
  /** In the layout's order. */
  readonly modules: readonly (SetOverlap & { readonly layer: number; readonly projection: string })[];
  /** Spearman's correlation of best ranks over all neurons, those never ranked last and alike. */
  readonly rankCorrelation: number | undefined;
  /** Pearson's correlation of mean scores over all neurons. */
  readonly scoreCorrelation: number | undefined;
  readonly ranks: RankHistogram;
}

export interface RunsComparison {
  readonly runs: readonly ComparedRun[];
  /** Every two runs, in order. */
  readonly pairs: readonly RunPair[];
}

function flat<Values extends Int32Array | Float32Array>(
  values: Values,
  { layout, arrays }: OpenRecord,
  array: NeuronArray,
): Values {
  for (const { layer, projection, offset } of layout.modules) {
    const name = neuronArrayName(layer, projection, array);
    values.set(values instanceof Int32Array ? intArray(arrays, name) : floatArray(arrays, name), offset);
  }
  return values;
}

function sameShape(a: NeuronLayout, b: NeuronLayout): boolean {
  const text = ({ modules }: NeuronLayout) => modules.map(({ projection, width }) => `${projection} ${width}`).join();
  return text(a) === text(b);
}

/** The record's neurons as far as a comparison needs them. */
function neuronsOf(open: OpenRecord) {
  const { layout, record } = open;
  const ranks = flat(new Int32Array(layout.total), open, 'best_rank');
  // A neuron that was never ranked comes after all that were.
  const ordered = ranks.map((rank) => (rank < 0 ? record.neurons.rankLimit : rank));
  return { ranks, ordered, scores: flat(new Float32Array(layout.total), open, 'mean_score') };
}

/**
 * Reads records and compares their reset sets two by two.
 *
 * @param rho for all of them; undefined: each run's own
 * @throws InputError when a record cannot be read, keeps no ranks up to rho, or is of a model with other neurons
 */
export async function compareRuns(paths: readonly string[], rho: number | undefined): Promise<RunsComparison> {
  if (paths.length < 2) throw new InputError('Name at least two run records to compare.');
  if (rho !== undefined && !(rho > 0 && rho <= 1))
    throw new InputError(`--rho is ${rho}: it must lie above 0, at most 1.`);
  const records: OpenRecord[] = [];
  for (const path of paths) records.push(await readRecord(path));
  const [first] = records as [OpenRecord];
  for (const { path, record, layout } of records) {
    if (!sameShape(layout, first.layout)) {
      throw new InputError(
        `"${path}" is of a model with other neurons than that of "${first.path}": only runs on models of the same sizes can be compared.`,
      );
    }
    if (rho !== undefined && rho > record.settings.rhoMax) {
      throw new InputError(
        `"${path}" keeps ranks up to rho ${record.settings.rhoMax}, not ${rho}: choose a smaller --rho, or run again with a larger --rho-max.`,
      );
    }
  }
  const layout = neuronLayout(first.record.architecture);
  const neurons = records.map(neuronsOf);
  const budgets = records.map(({ record }) => resetBudget(rho ?? record.settings.rho, layout.total));
  const limit = Math.min(...records.map(({ record }) => record.neurons.rankLimit));
  const pairs: RunPair[] = [];
  for (let a = 0; a < records.length; a++) {
    for (let b = a + 1; b < records.length; b++) {
      const ranks = [neurons[a]!.ranks, neurons[b]!.ranks] as const;
      const modules = layout.modules.map((module) => ({
        layer: module.layer,
        projection: module.projection,
        ...moduleOverlap(module, ranks, [budgets[a]!, budgets[b]!]),
      }));
      pairs.push({
        runs: [a, b],
        whole: pooledOverlap(modules),
        modules,
        rankCorrelation: spearman(neurons[a]!.ordered, neurons[b]!.ordered),
        scoreCorrelation: pearson(neurons[a]!.scores, neurons[b]!.scores),
        ranks: rankHistogram(ranks, limit),
      });
    }
  }
  const runs = records.map(({ path, record }, i) => ({
    name: basename(path, recordSuffix),
    rho: rho ?? record.settings.rho,
    alpha: record.settings.alpha,
    neurons: neurons[i]!.ranks.reduce((sum, rank) => sum + (rank >= 0 && rank < budgets[i]! ? 1 : 0), 0),
  }));
  return { runs, pairs };
}
