import type { NeuronDetail, TargetContext, TargetDetail } from '../../protocol/explanation.ts';
import { doubleArray, floatArray, intArray } from '../../record/arrays.ts';
import type { OpenRecord } from '../../record/run/recordFile.ts';
import { withNeuronScores } from '../../record/run/scoreColumns.ts';
import { messageOf } from '../jobs/messageOf.ts';

/* What a record says of one neuron and of one target, as the inspector's page asks for it. */

/** Targets of a neuron that are shown with their text, and how much of that. */
const shownTargets = 12;
const shownTokens = { before: 14, after: 5 };

function contextOf({ record, arrays }: OpenRecord, target: number, rank: number, score: number): TargetContext {
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
interface Kept {
  readonly target: number;
  readonly rank: number;
  readonly score: number;
}

function keptOf({ record, arrays }: OpenRecord, neuron: number): Kept[] {
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
const best = (found: readonly Kept[]) =>
  [...found].sort((a, b) => b.score - a.score || a.target - b.target).slice(0, shownTargets);

/**
 * What is known of a neuron's scores: at all targets from the score file, or at those that keep it.
 *
 * @param mayRead whether a folder may be looked at
 * @throws RangeError for a neuron that is not there
 */
export async function neuronDetail(
  open: OpenRecord,
  neuron: number,
  mayRead: (folder: string) => boolean,
): Promise<NeuronDetail> {
  if (neuron >= open.layout.total) throw new RangeError(`The record has no neuron ${neuron}.`);
  const kept = keptOf(open, neuron);
  const rankOf = new Map(kept.map(({ target, rank }) => [target, rank]));
  try {
    return await withNeuronScores(open, neuron, mayRead, async ({ scores, rankAt }) => {
      const all = Array.from(scores, (score, target): Kept => ({ target, score, rank: rankOf.get(target) ?? -1 }));
      const contexts: TargetContext[] = [];
      for (const { target, score, rank } of best(all.filter((each) => each.score > 0))) {
        contexts.push(contextOf(open, target, rank >= 0 ? rank : await rankAt(target), score));
      }
      const targets = Int32Array.from(scores, (_, target) => target);
      return { neuron, known: 'all', note: '', targets, scores, best: contexts };
    });
  } catch (error) {
    const { kept: most } = open.record.neurons;
    const older = 'This record was made before scores of single targets were kept: run again to have them.';
    return {
      neuron,
      known: most === 0 ? 'nothing' : 'kept',
      note: most === 0 ? older : messageOf(error),
      targets: Int32Array.from(kept, ({ target }) => target),
      scores: Float32Array.from(kept, ({ score }) => score),
      best: best(kept).map(({ target, rank, score }) => contextOf(open, target, rank, score)),
    };
  }
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
