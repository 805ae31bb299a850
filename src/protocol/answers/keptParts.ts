import { doubleArray, floatArray, intArray } from '../../record/arrays/arrays.ts';
import type { OpenRecord } from '../../record/run/recordFile.ts';
import type { NeuronDetail, TargetContext, TargetDetail } from '../explanation.ts';

/* What a record by itself, without the score file, keeps of one neuron and of one target. */

/** Targets of a neuron that are shown with their text, and how much of that. */
const shownTargets = 12;
const shownTokens = { before: 14, after: 5 };

export function contextOf({ record, arrays }: OpenRecord, target: number, rank: number, score: number): TargetContext {
  const sample = intArray(arrays, 'targets.sample')[target]!;
  const row = intArray(arrays, 'targets.row')[target]!;
  const { firstId, tokens } = record.samples[sample]!;
  const ids = intArray(arrays, 'samples.ids').subarray(firstId, firstId + tokens);
  return {
    ...{ target, sample, row, rank, score },
    gold: intArray(arrays, 'targets.gold')[target]!,
    before: ids.slice(Math.max(0, row + 1 - shownTokens.before), row + 1),
    after: ids.slice(row + 2, row + 2 + shownTokens.after),
  };
}

/** Where a neuron is among those kept of a target. */
export interface Kept {
  readonly target: number;
  readonly rank: number;
  readonly score: number;
}

export function keptOf({ record, arrays }: OpenRecord, neuron: number): Kept[] {
  const { kept } = record.neurons;
  if (kept === 0) return [];
  const top = intArray(arrays, 'targets.top_neurons');
  const scores = floatArray(arrays, 'targets.top_scores');
  const found: Kept[] = [];
  for (let at = top.indexOf(neuron); at >= 0; at = top.indexOf(neuron, at + 1)) {
    found.push({ target: Math.floor(at / kept), rank: at % kept, score: scores[at]! });
  }
  return found;
}

/** By score, then as in the record. */
export const best = (found: readonly Kept[]) =>
  [...found].sort((a, b) => b.score - a.score || a.target - b.target).slice(0, shownTargets);

/** What is known of a neuron's scores from the targets that keep it alone. @param note why no more is known */
export function keptNeuronDetail(open: OpenRecord, neuron: number, note: string): NeuronDetail {
  const kept = keptOf(open, neuron);
  const { kept: most } = open.record.neurons;
  const older = 'This record was made before scores of single targets were kept: run again to have them.';
  return {
    neuron,
    known: most === 0 ? 'nothing' : 'kept',
    note: most === 0 ? older : note,
    targets: Int32Array.from(kept, ({ target }) => target),
    scores: Float32Array.from(kept, ({ score }) => score),
    best: best(kept).map(({ target, rank, score }) => contextOf(open, target, rank, score)),
  };
}

/** What a record keeps of the target at a row of a sample; undefined where it is none, or nothing is kept of any. */
export function targetDetail({ record, arrays }: OpenRecord, sample: number, row: number): TargetDetail | undefined {
  const { kept } = record.neurons;
  const of = record.samples[sample];
  if (of === undefined) throw new RangeError(`The record has no sample ${sample}.`);
  const own = intArray(arrays, 'targets.row').subarray(of.firstTarget, of.firstTarget + of.targets);
  const place = own.indexOf(row);
  if (place < 0 || kept === 0) return undefined;
  const target = of.firstTarget + place;
  const terms = floatArray(arrays, 'targets.terms');
  const width = terms.length / intArray(arrays, 'targets.row').length;
  const neurons = intArray(arrays, 'targets.top_neurons').slice(target * kept, (target + 1) * kept);
  const count = neurons.includes(-1) ? neurons.indexOf(-1) : kept;
  return {
    target,
    token: intArray(arrays, 'targets.gold')[target]!,
    logit: doubleArray(arrays, 'targets.logit')[target]!,
    terms: terms.slice(target * width, (target + 1) * width),
    neurons: neurons.slice(0, count),
    scores: floatArray(arrays, 'targets.top_scores').slice(target * kept, target * kept + count),
  };
}
