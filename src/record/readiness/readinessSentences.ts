import { shownCount } from '../../files/reading/shown.ts';
import type { ReadinessRecord } from './readinessRecord.ts';

/* Says in plain sentences what the numbers of a readiness record mean, and what they do not. */

type Sampling = NonNullable<ReadinessRecord['sampling']>;

/** Makes untrusted text safe for where the sentences are shown. */
type Shown = (text: string) => string;

function sampledSentences({ rows }: ReadinessRecord, sampling: Sampling, safe: Shown): string[] {
  const { prompts, samples, temperatures, topP, maxTokens, seed, grader, interval } = sampling;
  const [first] = rows[0]!.sampled;
  const topPText = topP === 1 ? '' : `, top-p ${topP}`;
  const sources = [...new Set(sampling.sources)];
  const where = sources.length === 1 ? ` by ${safe(sources[0]!)}` : '';
  const some = rows.flatMap(({ sampled }) => sampled.flatMap(({ deadGroups }) => deadGroups));
  const plugIn = some.some(({ estimate }) => estimate === 'plug-in');
  const sentences = [
    `Sampled${where}: ${shownCount(samples, 'answer')} to each of ${shownCount(prompts.lines.length, 'prompt')} at temperature ` +
      `${temperatures.join(' and ')}${topPText}, at most ${shownCount(maxTokens, 'token')}, seed ${seed}; graded by ${safe(grader.described)}.`,
    `Pass@k: the chance that one of k answers is right, unbiased from n answers a prompt (1 - C(n-c, k) / C(n, k)). In brackets the ` +
      `${100 * interval.coverage} % bootstrap interval over prompts: how far other prompts of the same kind might lead, not other training runs. One ` +
      'of no width means that all prompts went alike, not that it is certain.',
    'gap: Pass@K - Pass@1, what there is to gain by sharpening alone (arXiv 2606.09932, Table 1). A small gap with a high Pass@1 is a checkpoint that is done, one with a low Pass@1 a checkpoint that is stuck.',
    `dead@G: predicted share of groups of G answers that are all right or all wrong, from which GRPO learns nothing, at the start of RL. Unbiased, by ` +
      `counting groups within the n answers${plugIn ? '; marked ≤ where G is above n: p^G + (1-p)^G with c/n for p, too high on the average' : ''}.`,
    ...(rows[0]!.isBase
      ? [
          'lost / gained: prompts that the base solves at least once and the checkpoint never, and the other way round, with the same n; a prompt solved by luck counts too.',
        ]
      : []),
    'answered: share of the answers in which the grader found a final answer at all; where it is low, Pass@k tells of the form too. distinct: different final answers among the n, wrong ones too.',
  ];
  if (first?.entropy !== null) {
    sentences.push(
      'Entropy of sampled tokens: mean over all tokens of the answers, of the whole distribution at temperature 1, whatever they were sampled at. Long answers weigh more; it is not the teacher-forced entropy, which is over written responses.',
    );
  }
  return sentences;
}

function teacherForcedSentences({ training, heldOut }: NonNullable<ReadinessRecord['teacherForced']>): string[] {
  const sides = [
    ...(training === null ? [] : [`${shownCount(training.samples, 'training line')}`]),
    ...(heldOut === null ? [] : [`${shownCount(heldOut.samples, 'held-out line')}`]),
  ];
  return [
    `Teacher-forced on ${sides.join(' and ')}: means over the tokens of the responses, at temperature 1. ` +
      'Low entropy and many rows with p > 0.99 on training lines say that SFT is learnt by heart; whether RL can move the checkpoint they do not say.',
    ...(training !== null && heldOut !== null
      ? [
          'NLL gap: held-out less training. It means overfitting only if both are lines of the same kind, and the held-out ones were not trained on.',
        ]
      : []),
  ];
}

/** What the numbers mean and do not mean. @param safe makes untrusted text safe for where it is shown */
export function readinessSentences(record: ReadinessRecord, safe: Shown): string[] {
  const { teacherForced, sampling } = record;
  return [
    ...(teacherForced === null ? [] : teacherForcedSentences(teacherForced)),
    ...(sampling === null ? [] : sampledSentences(record, sampling, safe)),
    ...record.notes.map((note) => `Note: ${safe(note)}`),
  ];
}
