/* What the gallery's checkpoints think of its texts: made up, no engine has run. */
import type { RecordArray } from '../../../src/record/arrays/arrays.ts';
import { type MeasurementArray, measurementArrayName } from '../../../src/record/arrays/measurementArrays.ts';
import { goldIds, vocabulary } from './galleryTexts.ts';
import { seeded } from './seeded.ts';

/** How sure each checkpoint of the gallery is, by name: what its logits are multiplied with. */
const sharpness = { base: 1, moderate: 1.4, over: 3, rejuvenated: 1.2 } as const;
export type GalleryCheckpoint = keyof typeof sharpness;

export const keptTokens = 4;

/** What one checkpoint thinks of the response rows of all texts. */
export interface GalleryRows {
  readonly arrays: Readonly<Record<MeasurementArray, RecordArray>>;
  /** Means over the given rows, all by default. */
  means(rows?: readonly number[]): {
    readonly rows: number;
    readonly entropy: number;
    readonly top1Probability: number;
    readonly negativeLogLikelihood: number;
  };
}

/** Distributions over the whole vocabulary from made-up logits that favour the gold token, each row more or less. */
export function galleryRows(checkpoint: GalleryCheckpoint): GalleryRows {
  const random = seeded(11);
  const rows = goldIds.map((gold) => {
    const favour = 2 + 5 * random();
    const logits = vocabulary.map((_, id) => sharpness[checkpoint] * (2.5 * random() + (id === gold ? favour : 0)));
    const largest = Math.max(...logits);
    const weights = logits.map((logit) => Math.exp(logit - largest));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const probabilities = weights.map((weight) => weight / sum);
    const ranked = probabilities.map((_, id) => id).sort((a, b) => probabilities[b]! - probabilities[a]! || a - b);
    const kept = ranked.slice(0, keptTokens);
    return {
      entropy: -probabilities.reduce((total, p) => total + (p > 0 ? p * Math.log(p) : 0), 0),
      nll: -Math.log(probabilities[gold]!),
      ids: kept,
      probabilities: kept.map((id) => probabilities[id]!),
    };
  });
  const entropy = Float32Array.from(rows, (row) => row.entropy);
  const top1 = Float32Array.from(rows, (row) => row.probabilities[0]!);
  const nll = Float32Array.from(rows, (row) => row.nll);
  return {
    arrays: {
      entropy,
      top1_probability: top1,
      nll,
      top_ids: Int32Array.from(rows.flatMap(({ ids }) => ids)),
      top_probabilities: Float32Array.from(rows.flatMap(({ probabilities }) => probabilities)),
    },
    means(chosen = rows.map((_, row) => row)) {
      const mean = (values: Float32Array) => chosen.reduce((sum, row) => sum + values[row]!, 0) / chosen.length;
      return {
        rows: chosen.length,
        entropy: mean(entropy),
        top1Probability: mean(top1),
        negativeLogLikelihood: mean(nll),
      };
    },
  };
}

/** The arrays of several checkpoints under the names that records give them. */
export function measurementArrays(all: readonly GalleryRows[]): Map<string, RecordArray> {
  return new Map(
    all.flatMap(({ arrays }, position) =>
      (Object.keys(arrays) as MeasurementArray[]).map(
        (name) => [measurementArrayName(position, name), arrays[name]] as const,
      ),
    ),
  );
}
