import assert from 'node:assert/strict';
import { startEngine } from '../../../src/engine/process/client.ts';
import { Interrupted } from '../../../src/errors.ts';
import type { PromptRollouts } from '../../../src/readiness/rollout.ts';
import { sampleRollouts } from '../../../src/run/sampling/sampleRollouts.ts';
import { goldens, sft } from './greedy.ts';

/* Rollouts: prompts as texts in, answers as texts out. */

describe('rollouts', () => {
  it('are texts of what was sampled, in order, kept when the run is stopped', async () => {
    const greedy = goldens['sample/sft-over']!.answers;
    const engine = await startEngine({ device: 'cpu', memoryBytes: 140e6 });
    try {
      const found: PromptRollouts[] = [];
      const request = {
        checkpoint: sft,
        prompts: greedy.map(({ text }) => ({ kind: 'text', text: text![0] }) as const),
        options: { samples: 2, temperature: 0, topP: 1, maxTokens: 120, seed: 0 },
      };
      const { plan, stopTokens } = await sampleRollouts(request, {
        engine,
        signal: new AbortController().signal,
        onRollouts: (each) => found.push(each),
      });
      assert.deepEqual([stopTokens, plan!.segments], [[0], 1]);
      assert.deepEqual(
        found.map(({ prompt, rollouts }) => [prompt, ...rollouts.map(({ text }) => text)]),
        greedy.map(({ text }, prompt) => [prompt, text![1], text![1]]),
      );
      const [first] = found[0]!.rollouts;
      assert.deepEqual(
        [first!.tokens, first!.stopped, first!.reward, first!.entropies!.length],
        [greedy[0]!.tokens.length, true, null, greedy[0]!.tokens.length],
      );

      // Stopped after the first answers, while others are still to come.
      const stop = new AbortController();
      const kept: PromptRollouts[] = [];
      const many = Array.from({ length: 40 }, () => request.prompts).flat();
      await assert.rejects(
        sampleRollouts(
          { ...request, prompts: many, options: { ...request.options, maxTokens: 8 } },
          {
            engine,
            signal: stop.signal,
            onRollouts: (each) => kept.push(each),
            onProgress: (done) => {
              if (done >= 40) stop.abort();
            },
          },
        ),
        Interrupted,
      );
      assert.ok(kept.length > 0 && kept.length < many.length, `${kept.length} kept`);
      assert.deepEqual(
        kept.map(({ prompt }) => prompt),
        kept.map((_, i) => i),
      );
    } finally {
      await engine.dispose();
    }
  });
});
