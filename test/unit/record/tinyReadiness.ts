import type { ReadinessRecord, ReadinessRow } from '../../../src/record/readiness/readinessRecord.ts';

const estimate = { value: 0.5, low: 0.25, high: 0.75 };

const row = (name: string, isBase: boolean): ReadinessRow => ({
  ...{ name, isBase, checkpoint: null, training: null, heldOut: null, nllGap: null },
  sampled: [
    {
      temperature: 1,
      passAtK: [estimate, estimate],
      gap: { value: 0, low: 0, high: 0 },
      deadGroups: [{ ...estimate, group: 8, estimate: 'plug-in', right: 0.25, wrong: 0.25 }],
      ...{ distinctAnswers: 1, answered: 1, length: 3, longest: 5, stopRate: 1, entropy: 0.5, surprisal: 0.5 },
      entropyCounts: [1, 2],
      counts: [
        { samples: 2, correct: 1 },
        { samples: 4, correct: 0 },
      ],
      coverage: isBase ? null : { both: 1, lost: 0, gained: 0, neither: 1, lostPerGained: null },
    },
  ],
  ready: isBase ? null : false,
  outcomes: isBase ? [] : [{ value: 0.5, met: false, close: true }],
});

/** A record of a base and an SFT checkpoint, consistent in every part. */
export const tinyReadiness: ReadinessRecord = {
  ...{ schema: 'rejuvenation-readiness', version: 1, program: { name: 'x', version: '1' } },
  ...{
    created: '2026-11-27T00:00:00.000Z',
    seconds: 1,
    rows: [row('base', true), row('sft', false)],
    teacherForced: null,
  },
  sampling: {
    sources: ['a', 'b'],
    prompts: { files: [{ path: '/p', sha256: 'a'.repeat(64) }], reading: 'two', lines: [1, 2] },
    ...{ samples: 4, temperatures: [1], topP: 1, maxTokens: 9, stop: [], seed: 0 },
    grader: { name: 'boxed', described: 'the last box' },
    interval: { resamples: 2000, coverage: 0.95 },
  },
  entropyEdges: [0.1, 1, 10],
  conditions: [{ measure: 'dead@', count: 8, bound: 'max', value: 0.4, source: 'own' }],
  notes: [],
};
