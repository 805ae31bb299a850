import { webgpuEngine } from '../webgpuEngine.ts';
import { assertGreedy, folderOf, goldens, sampled } from './greedy.ts';

/* Sampling on WebGPU: what transformers gives without sampling, token by token. */

describe('sampling on WebGPU against transformers', () => {
  const engine = webgpuEngine();

  for (const name of ['checkpoints/tiny-qwen3-untied-sharded', 'families/gemma2']) {
    it(`${name}: the most likely tokens and their log-probabilities`, async () => {
      const { answers, maxTokens, stop } = goldens[name]!;
      const stopTokens = [stop].flat();
      const given = answers.map(({ prompt }) => prompt);
      const { prompts: found } = await sampled(engine(), folderOf(name), given, { maxTokens, stopTokens });
      assertGreedy(found, answers, stopTokens);
    });
  }
});
