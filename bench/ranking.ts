import { NeuronRanker } from '../src/method/ranking.ts';
import { generator } from './generateCheckpoint.ts';
import { median, row } from './report.ts';

const neurons = 1_700_000;
const limit = 0.05 * neurons;
const rounds = 30;

/** Time to rank one target's neurons of a model of Qwen3-8B's size, against a plain typed-array sort of the scores. */
export function benchRanking(): void {
  const random = generator(5);
  const scores = Float32Array.from({ length: neurons }, () => (random() - 0.5) * Math.exp(20 * (random() - 0.5)));
  const ranker = new NeuronRanker(neurons);
  const ranking: number[] = [];
  const sorting: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    ranker.rank(scores, limit);
    ranking.push(performance.now() - start);
    if (round % 10 !== 0) continue;
    const sortStart = performance.now();
    scores.slice().sort();
    sorting.push(performance.now() - sortStart);
  }
  console.log(`\nRanking, ${neurons / 1e6} M neurons, limit 5 %, median of ${rounds}`);
  row('one target', `${median(ranking).toFixed(1)} ms`);
  row('sorting the scores alone', `${(median(sorting) / median(ranking)).toFixed(1)}× that`);
}
