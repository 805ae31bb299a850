import { parentPort } from 'node:worker_threads';
import { NeuronRanker } from '../../../method/ranking.ts';
import { rankSample } from '../../../method/sampleRanking.ts';
import type { RankAnswer, RankRequest } from './rankThread.ts';

/* What runs in the ranking thread: answers each sample's scores with their ranking, in order, until it is terminated. */

let ranker: { readonly neurons: number; readonly ranker: NeuronRanker } | undefined;

parentPort!.on('message', ({ scores, targets, neurons, limit }: RankRequest) => {
  if (ranker?.neurons !== neurons) ranker = { neurons, ranker: new NeuronRanker(neurons) };
  const answer: RankAnswer = rankSample(scores, targets, neurons, ranker.ranker, limit);
  const buffers = [...answer.ranked, ...answer.topScores, answer.scoreSum, answer.scoreMax].map(
    ({ buffer }) => buffer as ArrayBuffer,
  );
  parentPort!.postMessage(answer, buffers);
});
