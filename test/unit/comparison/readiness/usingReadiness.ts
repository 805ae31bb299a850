import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReadinessOptions, SamplingPlan } from '../../../../src/comparison/readiness/readinessOptions.ts';
import { defaultConditions } from '../../../../src/readiness/verdict/conditions.ts';
import type { RunContext } from '../../../../src/run/progress/runContext.ts';
import { checkpointFixtures } from '../../../paths.ts';
import { type FakeOptions, fakeSource, type RightAnswers } from './fakeSource.ts';

/* A folder with six prompts for each test, and a readiness run on them that no engine is needed for. */

const pair = join(checkpointFixtures, 'tiny-qwen3-tied');
export const [base, sft] = [join(pair, 'base'), join(pair, 'sft')];

/** Base: 1 of 8 right for even prompts. SFT: all right for prompts 0 and 1, none else. */
export const right: RightAnswers = (name, prompt) => {
  if (name === 'base') return prompt % 2 === 0 ? 1 : 0;
  return prompt < 2 ? 8 : 0;
};

export const context = (): RunContext => ({
  signal: new AbortController().signal,
  onEvent() {},
  startEngine: () => assert.fail('an engine was started'),
});

interface MadeReadiness {
  readonly folder: string;
  /** Place of the record. */
  readonly out: string;
  optionsFor(
    fake: FakeOptions,
    own?: Partial<ReadinessOptions>,
    plan?: Partial<SamplingPlan>,
  ): ReadinessOptions & { readonly fake: ReturnType<typeof fakeSource> };
}

/** Called in a suite. */
export function usingReadiness(): MadeReadiness {
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'readiness-')));
    const rows = Array.from({ length: 6 }, (_, i) => JSON.stringify({ prompt: `What is ${i}?`, answer: i }));
    writeFileSync(join(folder, 'prompts.jsonl'), `${rows.join('\n')}\n`);
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  return {
    get folder() {
      return folder;
    },
    get out() {
      return join(folder, 'a.readiness.json');
    },
    optionsFor(fake, own = {}, plan = {}) {
      const made = fakeSource(fake);
      const sampling: SamplingPlan = {
        prompts: {
          ...{ kind: 'files', paths: [join(folder, 'prompts.jsonl')], draw: 0 },
          ...{ promptField: '', answerField: '', asChat: false },
        },
        open: made.open,
        ...{ samples: 8, temperature: 1, evalTemperature: 0, topP: 1, maxTokens: 64, stop: [], seed: 0 },
        ...{ grader: undefined, correctAbove: undefined, groupSizes: [4, 16] },
        ...plan,
      };
      return {
        ...{ checkpoints: [sft], base, elsewhere: false, lines: undefined, sampling, conditions: defaultConditions },
        ...{ out: this.out, overwrite: false, fake: made },
        ...own,
      };
    },
  };
}
