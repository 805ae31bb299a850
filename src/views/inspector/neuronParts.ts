import { best, contextOf, type Kept, keptNeuronDetail, keptOf } from '../../protocol/answers/keptParts.ts';
import type { NeuronDetail, TargetContext } from '../../protocol/explanation.ts';
import type { OpenRecord } from '../../record/run/recordFile.ts';
import { withNeuronScores } from '../../record/run/scoreColumns.ts';
import { messageOf } from '../jobs/messageOf.ts';

/* What is known of one neuron's scores, as the inspector's page asks for it. */

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
    return keptNeuronDetail(open, neuron, messageOf(error));
  }
}
