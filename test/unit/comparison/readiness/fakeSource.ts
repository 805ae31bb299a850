import type { PromptRollouts, Rollout } from '../../../../src/readiness/rollout.ts';
import type { OpenRolloutSource, RolloutSource } from '../../../../src/run/readiness/rolloutSource.ts';

/* A source of rollouts for tests: what it answers hangs on checkpoint, prompt, temperature and seed alone. */

/** How many of a prompt's answers are right, of how many there are. */
export type RightAnswers = (checkpoint: string, prompt: number, temperature: number) => number;

export interface FakeSource {
  readonly open: OpenRolloutSource;
  /** `sft 3`: a prompt that a checkpoint was asked, in order. */
  readonly asked: string[];
  /** Sources that are open. */
  readonly held: Set<string>;
}

export interface FakeOptions {
  readonly right: RightAnswers;
  /** Hears before each prompt is answered; what it throws ends the sampling. */
  readonly before?: (asked: readonly string[]) => void;
  /** What is given in place of a prompt's rollouts. */
  readonly change?: (rollouts: PromptRollouts) => PromptRollouts | undefined;
}

function rollout(right: boolean, wanted: string | null, place: number): Rollout {
  return {
    text: `so \\boxed{${right ? wanted : `wrong ${place}`}}`,
    tokens: 3 + place,
    stopped: place % 4 !== 3,
    logProbabilities: Float32Array.of(-0.5, -0.25),
    entropies: Float32Array.of(0.75, place / 8),
    reward: null,
  };
}

export function fakeSource({ right, before, change = (same) => same }: FakeOptions): FakeSource {
  const asked: string[] = [];
  const held = new Set<string>();
  const open: OpenRolloutSource = async ({ name }) => {
    held.add(name);
    const source: RolloutSource = {
      identity: { name },
      described: 'a source for tests',
      async *sample(prompts, { samples, temperature }) {
        // Backwards, as they may come in any order.
        for (const { index, answer } of [...prompts].reverse()) {
          before?.(asked);
          asked.push(`${name} ${index}`);
          const count = right(name, index, temperature);
          const rollouts = Array.from({ length: samples }, (_, i) => rollout(i < count, answer, i));
          const given = change({ prompt: index, rollouts });
          if (given !== undefined) yield given;
        }
      },
      async dispose() {
        held.delete(name);
      },
    };
    return source;
  };
  return { open, asked, held };
}
